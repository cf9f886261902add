#!/usr/bin/env -S python3 -B
"""A record that has to wait goes into wxtoken.parked, releases its offset, and comes back by itself
when it is due."""

import signal

from judge import complain, judge, judge_tokens, judge_versions
from parts import Trouble, wait_for
from records import consume_all
from scene import Scene, size
from sentences import main

AUTHORIZERS = size("E2E_PARKED_AUTHORIZERS", 200)
BEFORE = AUTHORIZERS // 4  # refreshes that the quota allows
IN_FLIGHT = 40
QUOTA_WAIT_S = 1
SHORT = {"worker__hold_max_ms": 500, "wechat__quota_wait_ms": QUOTA_WAIT_S * 1000, "wechat__timeout_ms": 3000}
USED_UP, BACK = "quota used up", "quota is back"
LEASE_S = 10  # the shortest: twice a call and a hold, but not less than this
KILLS = size("E2E_PARKED_KILLS", 3)


def expect(truth, complaint, scene):
    if not truth:
        raise Trouble(f"{complaint}\n{scene.worker_tails()}")


def refusals(scene, errcode="45009"):
    return scene.simulator.report()["errcodes"].get(errcode, 0)


def expect_done_once(rows, scene):
    """One refresh-due each, one version each: nothing was stored twice with effect."""
    wrong = complain("not stored once", [f"{a} has version {r['version']}" for a, r in sorted(rows.items())
                                         if r["version"] != 1], len(rows))
    expect(not wrong, "\n".join(wrong), scene)


def a_used_up_quota_parks_what_it_stops_and_its_return_brings_all_back(home):
    with Scene(home, "quota", latency_ms=50) as scene:
        scene.refuse_refreshes(per_day=BEFORE)
        scene.refresh_due(scene.load("wxquotax", AUTHORIZERS))
        worker = scene.start_worker(worker__in_flight_max=IN_FLIGHT, **SHORT)
        scene.wait_done()
        parked = scene.parked()
        expect(len(parked) == AUTHORIZERS - BEFORE, f"{len(parked)} are parked, not {AUTHORIZERS - BEFORE}", scene)

        seen = refusals(scene)
        wait_for(lambda: refusals(scene) >= seen + 2, 30, "the quota to be tried twice")
        first, then = seen, refusals(scene)
        expect(first <= IN_FLIGHT + 4, f"{first} calls before it kept away", scene)
        expect(then <= seen + 3, f"{then - seen} calls to find out, one at a time would do", scene)
        expect(len(scene.parked()) == AUTHORIZERS - BEFORE, "a parked record was lost", scene)

        scene.return_quota()
        scene.wait_parked(0)
        told = [worker.lines(USED_UP), worker.lines(BACK)]
        expect(told == [1, 1], f"it was said {told} times that the quota is used up, and back", scene)
        scene.end_workers()
        rows, _ = judge(scene)
        expect_done_once(rows, scene)
        return f"{first} calls until they kept away, {then - first} more to find out"


def park_all(scene, prefix, **settings):
    """A worker, and a refresh-due of each of many authorizers parked by it."""
    scene.refuse_refreshes()
    scene.refresh_due(scene.load(prefix, AUTHORIZERS))
    worker = scene.start_worker(**SHORT | settings)
    scene.wait_done()
    scene.wait_parked(AUTHORIZERS)
    return worker


def kill_after(scene, worker, calls):
    """Kills it when WeChat has had so many more calls; how many parked records it had in hand."""
    enough = scene.simulator.calls() + calls
    wait_for(lambda: scene.simulator.calls() >= enough, 60, f"{calls} calls for parked records", pause=0.004)
    worker.kill()
    parked = scene.parked()
    expect(parked, "all was done before the kill: raise E2E_PARKED_AUTHORIZERS", scene)
    return sum(p["revision"] > 1 and p["has_time"] for p in parked)


def a_worker_killed_with_parked_records_in_hand_loses_none(home):
    """With calls under way: what it had in hand comes back when the lease is over."""
    with Scene(home, "inhand", latency_ms=300) as scene:
        worker = park_all(scene, "wxinhandx", worker__in_flight_max=120)
        scene.return_quota()
        in_hand = kill_after(scene, worker, calls=40)
        expect(in_hand, "it had nothing in hand", scene)
        scene.start_worker(**SHORT)
        scene.wait_parked(0, LEASE_S + 30)
        scene.end_workers()
        rows, report = judge(scene)
        expect_done_once(rows, scene)
        again = [a for a in report["authorizers"] if a["issued"] > 1]
        return f"{in_hand} were in hand, {len(again)} of them called for twice"


def workers_killed_again_and_again_store_no_parked_record_twice(home):
    """The leases are cut short, so that the next one has what the last one had in hand."""
    with Scene(home, "fast", latency_ms=10) as scene:
        worker = park_all(scene, "wxfastx", worker__in_flight_max=60)
        scene.return_quota()
        in_hand = 0
        for _ in range(KILLS):
            in_hand += kill_after(scene, worker, calls=AUTHORIZERS // (KILLS + 1))
            scene.make_parked_due()
            worker = scene.start_worker(worker__in_flight_max=60, **SHORT)
        scene.wait_parked(0)
        scene.end_workers()
        rows, _ = judge(scene)
        expect_done_once(rows, scene)
        expect(in_hand, "nothing was in hand", scene)
        return f"{in_hand} were in hand in {KILLS} kills"


def the_trouble_of_one_component_does_not_stop_another(home):
    """61004 for all calls of one: far more of its events than there is room for, and all of them first in line."""
    with Scene(home, "healthy", partitions=(1, 1, 4)) as scene:
        scene.refresh_due(load_sick(scene), component="wxcsick")
        appids = scene.load("wxhealthyx", 60)
        scene.refresh_due(appids)
        worker = scene.start_worker(worker__in_flight_max=16, worker__hold_max_ms=2000)
        took = scene.wait_done(30)
        worker.says("WeChat refuses the component's configuration")
        refused = refusals(scene, "61004")
        expect(refused <= 16 + 2, f"{refused} calls of the sick component", scene)
        expect(len(scene.parked()) == SICK, f"{len(scene.parked())} are parked, not {SICK}", scene)
        judge(scene)

        heal(scene, worker)
        return f"{len(appids)} done in {took:.1f} s beside {SICK} that cannot be, {refused} calls of these"


SICK = 120


def load_sick(scene):
    """A second component, all of whose accounts are refused for its egress address."""
    tell = scene.simulator.tell
    scene.add_component("wxcsick")
    appids = scene.load("wxsickx", SICK, component="wxcsick")
    for appid in appids:
        tell("faults", call="api_authorizer_token", fault="errcode", errcode=61004, authorizer_appid=appid)
    return appids


def heal(scene, worker):
    """Its minute is cut short by a restart, which forgets that the gate was shut, and by making the records due."""
    expect(worker.terminate() == 0, "it did not end with 0", scene)
    scene.simulator.clear_faults()
    scene.start_worker()
    scene.make_parked_due()
    scene.wait_parked(0)
    scene.end_workers()
    rows = scene.rows("wxcsick")
    events = [e for e in consume_all(scene.house.broker.address, scene.updated) if e["key"].startswith("wxcsick/")]
    wrong = judge_tokens(rows, scene.simulator.tokens()) + judge_versions(rows, events)
    expect(len(rows) == SICK and not wrong, "\n".join(wrong), scene)
    expect_done_once(rows, scene)


def a_drain_that_runs_out_of_time_parks_what_owes(home):
    """WeChat has acted on calls whose answers hang: what came of them is owed, and found out by the next worker."""
    with Scene(home, "owes") as scene:
        scene.simulator.tell("faults", call="api_authorizer_token", fault="timeout_after")
        appids = scene.load("wxowesx", 30)
        scene.refresh_due(appids)
        worker = scene.start_worker(worker__drain_timeout_ms=500, worker__in_flight_max=100)
        wait_for(lambda: scene.simulator.report()["in_flight"] == len(appids), 60, "all calls to be under way")
        worker.send(signal.SIGTERM)
        expect(worker.wait(5) == 0, f"it ended with {worker.popen.returncode}", scene)
        expect(worker.lines("level=warn"), "it does not warn that the drain ran out of time", scene)
        parked = scene.parked()
        expect(len(parked) == len(appids) and all(p["owes"] for p in parked), f"parked: {parked[:3]}", scene)
        expect(scene.lag() == 0, f"lag {scene.lag()} though all is parked", scene)

        scene.simulator.clear_faults()
        scene.start_worker()
        scene.wait_parked(0)
        scene.end_workers()
        rows, report = judge(scene)
        expect_done_once(rows, scene)
        calls = sum(report["calls"].values())
        expect(calls == 2 * len(appids), f"{calls} calls for {len(appids)} records", scene)


def a_drain_without_the_database_leaves_the_offsets(home):
    """Nothing can be parked then: who comes next reads it all again."""
    with Scene(home, "nodb") as scene:
        scene.simulator.tell("faults", call="api_authorizer_token", fault="timeout_after")
        appids = scene.load("wxnodbx", 30)
        scene.refresh_due(appids)
        worker = scene.start_worker(worker__drain_timeout_ms=300)
        wait_for(lambda: scene.simulator.report()["in_flight"] == len(appids), 60, "all calls to be under way")
        home.database.stop()
        worker.send(signal.SIGTERM)
        expect(worker.wait(8) == 0, f"it ended with {worker.popen.returncode}", scene)
        home.database.start()
        expect(worker.lines("not drained, what is left"), "it does not say that something is left", scene)
        expect(scene.lag() == len(appids) and not scene.parked(), f"lag {scene.lag()}", scene)

        scene.simulator.clear_faults()
        scene.start_worker()
        scene.wait_done()
        scene.end_workers()
        rows, _ = judge(scene)
        expect_done_once(rows, scene)


def what_fails_for_too_long_becomes_a_dead_letter_parked_or_not(home):
    """One is tried again and again, one is parked for minutes each time; the others are none the worse."""
    with Scene(home, "give") as scene:
        appids = scene.load("wxgivex", 20)
        for appid, errcode in ((appids[3], -1), (appids[5], 50002)):
            scene.simulator.tell("faults", call="api_authorizer_token", fault="errcode", errcode=errcode,
                                 authorizer_appid=appid)
        scene.expected_dead["attempts-exhausted"] = 2
        scene.refresh_due(appids)
        scene.start_worker(worker__give_up_after_ms=2000, worker__hold_max_ms=300)
        scene.wait_done()
        expect([p["authorizer_appid"] for p in scene.parked()].count(appids[5]) == 1, "50002 is not parked", scene)

        def is_given_up():
            scene.make_parked_due(LEASE_S + 20)
            return not scene.parked()

        wait_for(is_given_up, 60, "both to be given up", pause=0.3)
        scene.end_workers()
        rows, report = judge(scene)
        left = [a for a, r in rows.items() if r["version"] != 1]
        expect(sorted(left) == [appids[3], appids[5]], f"not refreshed: {left[:5]}", scene)
        calls = {a["authorizer_appid"]: a["calls"] for a in report["authorizers"]}
        return f"after {calls[appids[3]]} and {calls[appids[5]]} calls"


def a_newer_authorisation_supersedes_a_parked_refresh(home):
    """The quota of refreshes is used up, that of exchanges is not."""
    with Scene(home, "newer") as scene:
        worker = park_all(scene, "wxnewerx", worker__in_flight_max=IN_FLIGHT)
        appids = sorted(scene.loaded)
        scene.simulator.tell("clock", advance="2s")  # create_time knows seconds only
        scene.authorize(appids[::2], "updateauthorized")
        scene.wait_done()
        scene.return_quota()
        scene.wait_parked(0)
        scene.end_workers()

        rows, report = judge(scene)
        expect_done_once(rows, scene)
        refreshed = [a["authorizer_appid"] for a in report["authorizers"] if a["issued"] > 1]
        expect(not refreshed, f"refreshed all the same: {refreshed[:5]}", scene)
        expect(worker.lines(USED_UP) == 1, "the gate shut more than once", scene)


if __name__ == "__main__":
    main(a_used_up_quota_parks_what_it_stops_and_its_return_brings_all_back,
         a_worker_killed_with_parked_records_in_hand_loses_none,
         workers_killed_again_and_again_store_no_parked_record_twice,
         the_trouble_of_one_component_does_not_stop_another,
         a_drain_that_runs_out_of_time_parks_what_owes,
         a_drain_without_the_database_leaves_the_offsets,
         what_fails_for_too_long_becomes_a_dead_letter_parked_or_not,
         a_newer_authorisation_supersedes_a_parked_refresh)
