#!/usr/bin/env -S python3 -B
"""WeChat acts late: on calls that were given up, in any order, and after the calls that followed them. Once all is quiet
every row still holds WeChat's last token, and the calls for that are spread."""

import contextlib

from judge import complain, judge, judge_tokens
from parts import Trouble, sql, wait_for
from records import consume_all
from scene import Scene, chance, size
from sentences import main

AUTHORIZERS = size("E2E_LATE_AUTHORIZERS", 300)
FRESH = AUTHORIZERS // 10  # accounts that authorise meanwhile
KILLS = size("E2E_LATE_KILLS", 3)
IN_FLIGHT = 4 * AUTHORIZERS  # what waits for its next try fits into half of it
TIMEOUT_MS, LATE_EFFECT_MS = 1000, 5000
SETTINGS = {"worker__in_flight_max": IN_FLIGHT, "wechat__timeout_ms": TIMEOUT_MS,
            "wechat__connect_timeout_ms": TIMEOUT_MS, "wechat__late_effect_ms": LATE_EFFECT_MS}
# WeChat has acted on all before the debts are due, even if a call arrives a second late.
LATE = {"acts_after_ms": 1000, "acts_jitter_ms": 2000}
SPREAD_S = LATE_EFFECT_MS / 2000  # over this, the debts are due


def expect(truth, complaint, scene):
    if not truth:
        raise Trouble(f"{complaint}\n{scene.worker_tails()}")


def start_worker(scene):
    return scene.start_worker("environment", **SETTINGS)


def freeze_until(scene, calls):
    """WeChat answers nothing until it has had so many calls, and acts on them later."""
    scene.simulator.tell("faults", call="*", fault="timeout_after", **LATE)
    worker = start_worker(scene)
    expect(scene.reaches(calls), "all was done while WeChat was frozen", scene)
    scene.simulator.clear_faults()
    return worker


def wait_until_quiet(scene):
    """All is done, all that WeChat does late is done, and all debts are paid."""
    scene.wait_done()
    wait_for(lambda: scene.simulator.report()["late_acts_to_come"] == 0, 30, "WeChat to have acted on all", pause=0.2)
    scene.wait_parked(0, 3 * LATE_EFFECT_MS / 1000 + 60)
    expect(scene.simulator.report()["late_acts"], "WeChat has acted on nothing late", scene)


def due_times(scene):
    """When the parked debts are due, in seconds of the database's clock, the soonest first."""
    return sorted(float(line) for line in sql(scene.house.url, "SELECT extract(epoch FROM due_at) FROM wxtoken.parked "
                                              f"WHERE {scene.its_parked()} AND owes"))


def busiest(times, width_s):
    """Returns the largest number of times that lie within `width_s`."""
    most = first = 0
    for last, time in enumerate(times):
        while times[first] < time - width_s:
            first += 1
        most = max(most, last - first + 1)
    return most


def expect_no_herd(due, scene):
    """Spread evenly, a fifth of the debts would be due in each fifth of the time."""
    expect(due[-1] - due[0] > SPREAD_S / 2, f"{len(due)} debts are due within {due[-1] - due[0]:.1f} s", scene)
    most = busiest(due, SPREAD_S / 5)
    expect(most < len(due) / 2, f"{most} of {len(due)} debts are due within {SPREAD_S / 5:.1f} s", scene)


def announced(scene):
    return {e["key"] for e in consume_all(scene.house.broker.address, scene.updated)}


def expect_paid_once(rows, scene):
    """One version for what was asked for, one for the debt."""
    wrong = complain("stored more than twice", [f"{a} has version {r['version']}" for a, r in sorted(rows.items())
                                                if r["version"] > 2], len(rows))
    expect(not wrong, "\n".join(wrong), scene)


def a_frozen_wechat_leaves_no_account_with_a_token_that_is_not_its_last(home):
    """Refreshes, and authorisations whose code brings other tokens each time. Every call is lost at least once."""
    with Scene(home, "frozen", latency_ms=20) as scene:
        scene.simulator.tell("replay", rule="new_token_pair")
        scene.refresh_due(scene.load("wxfrozenx", AUTHORIZERS))
        scene.authorize([f"wxfrozennew{n:03}" for n in range(FRESH)])
        freeze_until(scene, 2 * (AUTHORIZERS + FRESH))
        scene.wait_done()
        due, told = due_times(scene), announced(scene)
        wait_until_quiet(scene)
        scene.end_workers()

        rows, report = judge(scene, twice_ok=True)
        expect(len(due) == len(rows), f"{len(due)} debts were parked, not {len(rows)}", scene)
        expect(len(told) == len(rows), f"{len(told)} were announced before the debts were due, not {len(rows)}", scene)
        expect_no_herd(due, scene)
        expect_paid_once(rows, scene)
        paid = sorted(row["updated_at"] for row in rows.values())
        return (f"{report['late_acts']} late acts, {len(due)} debts due over {due[-1] - due[0]:.1f} s and paid over "
                f"{paid[-1] - paid[0]:.1f} s, at most {busiest(paid, SPREAD_S / 5)} within {SPREAD_S / 5:.1f} s")


def lose(home, name, **fault):
    """As many calls as there are accounts are lost in another way, and acted on late."""
    with Scene(home, name, latency_ms=20) as scene:
        scene.simulator.tell("faults", call="*", count=AUTHORIZERS, **fault, **LATE)
        scene.refresh_due(scene.load(f"wx{name}x", AUTHORIZERS))
        start_worker(scene)
        wait_until_quiet(scene)
        scene.end_workers()
        rows, report = judge(scene)
        expect_paid_once(rows, scene)
        return f"{report['late_acts']} late acts"


def a_gateway_that_gives_up_leaves_no_such_account(home):
    return lose(home, "gateway", fault="http", status=504)


def connections_that_die_leave_no_such_account(home):
    """All of them are new. A kept one that dies at once stands for a call that cannot act late."""
    return lose(home, "died", fault="reset_after")


def stored(scene):
    return {appid for appid, row in scene.rows().items() if row["version"]}


def expect_kept(scene, before_kill):
    """A row that was stored before the kill keeps its debt. The others are the exception of the promise: the process was
    killed in the middle of a call. That is put right by the next refresh."""
    rows = scene.rows()
    stale = judge_tokens({a: r for a, r in rows.items() if a in before_kill}, scene.simulator.tokens())
    expect(not stale, "\n".join(stale), scene)
    scene.refresh_due(sorted(rows.keys() - before_kill))
    scene.wait_done()
    scene.wait_parked(0, 3 * LATE_EFFECT_MS / 1000 + 60)
    scene.end_workers()
    judge(scene)


@contextlib.contextmanager
def nothing_can_be_parked(url):
    """The database refuses every row of wxtoken.parked."""
    sql(url, "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'not now'; END$$; "
        "CREATE TRIGGER refuse BEFORE INSERT ON wxtoken.parked FOR EACH ROW EXECUTE FUNCTION refuse()")
    try:
        yield
    finally:
        sql(url, "DROP TRIGGER refuse ON wxtoken.parked; DROP FUNCTION refuse()")


def a_worker_killed_between_the_store_and_the_parking_loses_no_debt(home):
    """Nothing can be parked until it is killed, so that it is killed there for every account."""
    with Scene(home, "between", latency_ms=20) as scene:
        scene.refresh_due(scene.load("wxbetweenx", AUTHORIZERS))
        with nothing_can_be_parked(home.url):
            worker = freeze_until(scene, 2 * AUTHORIZERS)
            wait_for(lambda: len(stored(scene)) == AUTHORIZERS, 60, "all to be stored", pause=0.1)
            worker.kill()
        start_worker(scene)
        wait_until_quiet(scene)
        expect_kept(scene, scene.loaded)


def workers_killed_while_they_store_and_park_lose_no_debt(home):
    with Scene(home, "killed", latency_ms=20) as scene:
        scene.refresh_due(scene.load("wxkilledx", AUTHORIZERS))
        worker = freeze_until(scene, 2 * AUTHORIZERS)
        scene.simulator.tell("latency", ms=20, jitter_ms=TIMEOUT_MS // 2)  # so that they are not stored all at once
        before_kill = set()
        for least in sorted(chance.randint(1, AUTHORIZERS) for _ in range(KILLS)):
            wait_for(lambda: len(stored(scene)) >= least, 60, f"{least} to be stored", pause=0.01)
            worker.kill()
            before_kill = before_kill or stored(scene)
            worker = start_worker(scene)
        wait_until_quiet(scene)
        expect_kept(scene, before_kill)
        return f"{len(before_kill)} of {AUTHORIZERS} were stored before the first kill"


if __name__ == "__main__":
    main(a_frozen_wechat_leaves_no_account_with_a_token_that_is_not_its_last,
         a_gateway_that_gives_up_leaves_no_such_account,
         connections_that_die_leave_no_such_account,
         a_worker_killed_between_the_store_and_the_parking_loses_no_debt,
         workers_killed_while_they_store_and_park_lose_no_debt)
