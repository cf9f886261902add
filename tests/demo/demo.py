"""The demo: a worker at work with stand-ins, all of them on this machine. All end with the demo.

It starts a mock Kafka, a private PostgreSQL, a stand-in for WeChat and one worker. At first one
call to WeChat in ten fails. Merchants authorise, tokens fall due, some merchants revoke. The table
at the end says whether the database holds what WeChat issued last. Exits with 1 if it does not, or
if anything else in the table disagrees.
"""

import argparse
import contextlib
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent
for variable, name in (("WXTOKEN", "wxtoken"), ("WECHAT_SIMULATOR", "wechat-simulator"), ("MOCK_BROKER", "mock-broker")):
    os.environ.setdefault(variable, str(ROOT / "build" / "release" / name))

# pylint: disable=wrong-import-position
from stage import MockBroker, Stage
from parts import Database, Folder, Trouble
from scene import House
from live import Live
import table

LATENCY_MS = 100
FAULTS = [("errcode", {"errcode": -1}), ("http", {"status": 502}), ("html", {}), ("reset_before", {})]
FAULT_RATE = 0.1
WAVE = 20  # events sent at once; in waves, so that there is something to watch
WAVE_S = 0.15
PATIENCE_S = 50


def in_waves(live, appids, send):
    for first in range(0, len(appids), WAVE):
        send(appids[first:first + WAVE])
        live.rest(WAVE_S)


def fail_sometimes(simulator):
    for fault, details in FAULTS:
        simulator.tell("faults", call="*", fault=fault, rate=FAULT_RATE / len(FAULTS), **details)


def play(stage, live, count):
    """Plays the story. Returns the reasons of the dead letters that it has provoked."""
    appids = [f"wxa{n:04}" for n in range(count)]

    live.title(f"{count} merchants authorise; a tenth of WeChat's answers are failures")
    fail_sometimes(stage.simulator)
    in_waves(live, appids, stage.authorize)
    live.until_done(PATIENCE_S)

    live.title("their tokens fall due; every tenth is asked for twice")
    in_waves(live, appids, lambda wave: stage.refresh_due(wave + wave[::10]))
    live.until_done(PATIENCE_S)

    live.title("WeChat has recovered; a tenth of the merchants revoke, and all tokens fall due again")
    stage.simulator.clear_faults()
    stage.unauthorize(appids[::10])
    live.until_done(PATIENCE_S)
    in_waves(live, appids, stage.refresh_due)
    live.until_done(PATIENCE_S)

    live.title("two records that can never succeed")
    stage.send(stage.changed, [(None, b"this is no JSON")])
    stage.refresh_due(["wx-nobody-knows"])
    live.until_done(PATIENCE_S)
    live.draw(is_last=True)
    return Counter({"invalid-event": 1, "unknown-authorizer": 1})


def how_to_play(stage, worker):
    broker, database, simulator = stage.house.broker.address, stage.house.url, stage.simulator.url
    print(f"""
Still running, until Ctrl-C. The worker's log:
  tail -f {worker.log}
What it announces, and the table that others read:
  kcat -C -q -b {broker} -t {stage.updated} -f '%k %s\\n'
  psql {database} -c 'SELECT authorizer_appid, status, version, expires_at FROM wxtoken.authorizer LIMIT 10'
Make a token due, have all of WeChat's calls fail, and recover:
  echo '{{"authorizer_appid":"wxa0001"}}' | kcat -P -b {broker} -t {stage.due} -k {stage.component}/wxa0001
  curl -d '{{"call":"*","fault":"errcode","errcode":-1}}' {simulator}/simulator/faults
  curl -X DELETE {simulator}/simulator/faults
What WeChat has seen:
  curl {simulator}/simulator/report""", flush=True)
    with contextlib.suppress(KeyboardInterrupt, SystemExit):
        signal.pause()


def run(count, keep):
    """Runs the demo. Returns the exit status: 0 if the table agrees."""
    print("starting a mock Kafka, a private PostgreSQL, a stand-in for WeChat and a worker", flush=True)
    with Folder() as folder, MockBroker(folder) as broker, Database(folder) as database, \
            Stage(House(folder, broker, database), LATENCY_MS) as stage:
        # With debug the log also has the events that changed nothing.
        worker = stage.start_worker(log__level="debug")
        live = Live(stage, worker)
        expected_dead = play(stage, live, count)
        result = table.make(stage, expected_dead)
        print()
        result.print()
        print(f"\n{'all agree' if result.agrees else 'THE TABLE DISAGREES'}, after {live.seconds():.0f} s", flush=True)
        if keep:
            how_to_play(stage, worker)
        elif status := worker.terminate():
            raise Trouble(f"the worker ended with {status} after SIGTERM\n{worker.tail()}")
    return 0 if result.agrees else 1


def end(number, _frame):
    """Ends the demo after a signal. The exception ends everything that was started."""
    raise SystemExit(128 + number)


def main():
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="leave everything running and say how to play with it")
    parser.add_argument("--authorizers", type=int, default=300, metavar="N", help="the number of merchants (300)")
    args = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    began = time.monotonic()
    try:
        status = run(args.authorizers, args.keep)
    except Trouble as e:
        sys.exit(f"\nthe demo could not go on after {time.monotonic() - began:.0f} s: {e}")
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    sys.exit(status)


if __name__ == "__main__":
    main()
