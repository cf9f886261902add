#!/usr/bin/env -S python3 -B
"""Measures what a frozen WeChat leaves behind: how many accounts end with a token that is not WeChat's last, and over how
long the debts are paid.

ctest does not run it. Run it with the release program on a machine that has nothing else to do.
"""

import signal
import time

from bench_load import IN_FLIGHT, LATENCY_MS, print_table
from parts import Trouble, program, sql, wait_for
from scene import Scene, size
from sentences import main

AUTHORIZERS = size("E2E_BENCH_AUTHORIZERS", 20000)
FROZEN_S = 3
SETTINGS = {"worker__in_flight_max": IN_FLIGHT, "wechat__timeout_ms": 1000,
            "wechat__late_effect_ms": size("E2E_BENCH_LATE_EFFECT_MS", 20000)}


def stop_the_process(scene):
    """What came meanwhile lies in its sockets, and WeChat acts on it more or less in the order of arrival."""
    scene.simulator.send(signal.SIGSTOP)
    time.sleep(FROZEN_S)
    scene.simulator.send(signal.SIGCONT)


def act_in_any_order(scene):
    """WeChat acts three to eight seconds after the arrival, when all have been given up."""
    scene.simulator.tell("faults", call="*", fault="timeout_after", acts_after_ms=1000 * FROZEN_S, acts_jitter_ms=5000)
    time.sleep(FROZEN_S)
    scene.simulator.clear_faults()


def parked(scene):
    """Returns how many debts are parked, and over how many seconds they are due."""
    line, = sql(scene.house.url, "SELECT count(*), coalesce(extract(epoch FROM max(due_at) - min(due_at)), 0) "
                f"FROM wxtoken.parked WHERE {scene.its_parked()} AND owes")
    count, seconds = line.split("|")
    return int(count), float(seconds)


def paid(scene, since):
    """Returns over how many seconds rows were written since then, and the most in one second."""
    rows = sql(scene.house.url, "SELECT extract(epoch FROM updated_at) FROM wxtoken.authorizer "
               f"WHERE component_appid = '{scene.component}' AND updated_at >= to_timestamp({since})")
    times = [float(line) for line in rows]
    if not times:
        return 0, 0
    seconds = [int(t - min(times)) for t in times]
    return max(times) - min(times), max(map(seconds.count, set(seconds)))


def measure(home, name, freeze):
    with Scene(home, name, LATENCY_MS, partitions=(4, 8, 8)) as scene:
        appids = scene.load(f"wx{name}", AUTHORIZERS)
        scene.refresh_due(appids)
        scene.start_worker("environment", **SETTINGS)
        if not scene.reaches(AUTHORIZERS // 4):
            raise Trouble("all was done before WeChat froze: raise E2E_BENCH_AUTHORIZERS")
        freeze(scene)
        scene.wait_done(600)
        debts, due_s = parked(scene)
        since = time.time()
        scene.wait_parked(0, 600)
        wait_for(lambda: scene.simulator.report()["late_acts_to_come"] == 0, 60, "WeChat to have acted on all", pause=1)
        scene.end_workers()

        paid_s, most = paid(scene, since)
        rows, report = scene.rows(), scene.simulator.report()
        last = {t["authorizer_appid"]: t["authorizer_access_token"] for t in scene.simulator.tokens()}
        stale = sum(row["authorizer_access_token"] != last[appid] for appid, row in rows.items())
        lost = sum(a["issued"] - a["delivered"] for a in report["authorizers"])
        print_table((("program", program("WXTOKEN", "wxtoken").rsplit("/", 2)[-2]), ("accounts", len(appids)),
                     ("calls", sum(report["calls"].values())), ("tokens whose answer was lost", lost),
                     ("debts parked", debts), ("due over, s", f"{due_s:.1f}"), ("paid over, s", f"{paid_s:.1f}"),
                     ("most paid in a second", most),
                     ("tokens that are not the last", stale)))


def a_wechat_that_was_stopped_for_three_seconds(home):
    measure(home, "stopped", stop_the_process)


def a_wechat_that_acts_in_any_order(home):
    measure(home, "anyorder", act_in_any_order)


if __name__ == "__main__":
    main(a_wechat_that_was_stopped_for_three_seconds, a_wechat_that_acts_in_any_order)
