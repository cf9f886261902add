#!/usr/bin/env -S python3 -B
"""Partitions change hands: scaling up and down, a group set back to older offsets, a lost
assignment."""

from judge import complain, judge
from parts import Trouble, wait_for
from records import committed_offsets, reset_offsets
from scene import Scene, size
from sentences import main

AUTHORIZERS = size("E2E_REBALANCE_AUTHORIZERS", 3000)
WORKERS = 4
IN_HAND = 20
AT_ONCE = 600
PARTITIONS = (6, 10, 5)


def expect_called_once(report, rows, but=0):
    """Each authorizer has one refresh-due, and WeChat makes no mistake."""
    again = [f"{a['authorizer_appid']} ({a['calls']})" for a in report["authorizers"] if a["calls"] != 1]
    if len(again) > but:
        raise Trouble("\n".join(complain("not called for once", again, len(rows))))
    stored = [f"{a} (version {r['version']})" for a, r in sorted(rows.items()) if r["version"] != 1]
    if len(stored) > but:
        raise Trouble("\n".join(complain("not stored once", stored, len(rows))))
    return len(again)


def scaling_from_one_to_four_and_back_loses_nothing_and_does_nothing_twice(home):
    """Every revocation is orderly: what was begun is finished before the partition goes, though calls take longer than
    a rebalance."""
    with Scene(home, "scale", latency_ms=3000, partitions=PARTITIONS) as scene:
        appids = scene.load("wxscalex", AUTHORIZERS)
        scene.refresh_due(appids[:AT_ONCE])  # calls for records of every partition
        first = scene.start_worker(worker__in_flight_max=AT_ONCE)
        scene.reaches(AT_ONCE)
        for _ in range(WORKERS - 1):
            scene.start_worker(worker__in_flight_max=100)
        first.says("partitions revoked, draining them")
        scene.simulator.tell("latency", ms=1000)
        scene.refresh_due(appids[AT_ONCE:])
        scene.wait_for_members(WORKERS)
        for count, worker in enumerate(scene.workers[:-1], 1):
            if not scene.reaches(scene.simulator.calls() + 20):
                raise Trouble("all work was done before the scaling: raise E2E_REBALANCE_AUTHORIZERS")
            if worker.terminate():
                raise Trouble(f"{worker.name} ended with {worker.popen.returncode}\n{worker.tail()}")
            scene.wait_for_members(WORKERS - count)
        left = scene.lag()
        scene.simulator.tell("latency", ms=0)
        scene.wait_done()
        scene.end_workers()

        rows, report = judge(scene)
        expect_called_once(report, rows)
        if not left:
            raise Trouble("all work was done before the last one was alone: raise E2E_REBALANCE_AUTHORIZERS")
        return f"{left} of {AUTHORIZERS} were left for the last worker"


def a_group_put_back_to_the_beginning_does_nothing_again(home):
    """What the rows remember is announced again, or found to be done."""
    with Scene(home, "back", partitions=PARTITIONS) as scene:
        loaded, fresh = scene.load("wxbackx", 300), [f"wxbacknew{n:03}" for n in range(150)]
        scene.refresh_due(loaded)
        scene.authorize(fresh, redirect_every=5)
        scene.start_worker()
        scene.wait_done()
        scene.unauthorize(fresh[::5])
        scene.wait_done()
        scene.end_workers()
        before, calls = versions(scene), scene.simulator.calls()

        put_back(scene, lambda offset: 0)
        scene.start_worker()
        scene.wait_done()
        scene.end_workers()
        judge(scene)
        if scene.simulator.calls() != calls or versions(scene) != before:
            raise Trouble(f"{scene.simulator.calls() - calls} calls for what was done, "
                          f"{sum(v != before[a] for a, v in versions(scene).items())} rows changed")


def versions(scene):
    return {appid: row["version"] for appid, row in scene.rows().items()}


def put_back(scene, older):
    """The group has to be empty: its offsets become older(offset)."""
    address, group = scene.house.broker.address, scene.group
    offsets = committed_offsets(address, group, scene.inputs)
    reset_offsets(address, group, {place: older(max(offset, 0)) for place, offset in offsets.items()})


def a_partition_that_comes_back_with_an_older_offset_goes_on_where_it_stood(home):
    """In mid-work: below is what was finished, above is what was not begun."""
    with Scene(home, "older", latency_ms=50, partitions=PARTITIONS) as scene:
        scene.refresh_due(scene.load("wxolderx", 400))
        worker = scene.start_worker(worker__in_flight_max=20)
        if not scene.reaches(200):
            raise Trouble("all work was done before the stop")
        if worker.terminate():
            raise Trouble(f"it ended with {worker.popen.returncode}\n{worker.tail()}")
        put_back(scene, lambda offset: offset // 2)
        scene.start_worker(worker__in_flight_max=20)
        scene.wait_done()
        scene.end_workers()

        rows, report = judge(scene)
        expect_called_once(report, rows)


def an_assignment_that_was_lost_is_finished_without_its_offsets(home):
    """A worker stands still until its group has done all without it, what it had begun as well. It hears of that when it
    goes on, ends what it had begun, and gets partitions again."""
    with Scene(home, "lost", latency_ms=200, partitions=PARTITIONS) as scene:
        scene.refresh_due(scene.load("wxlostx", 400))
        frozen = scene.start_worker(worker__in_flight_max=IN_HAND)
        scene.start_worker(worker__in_flight_max=100)
        scene.wait_for_members(2)
        scene.reaches(scene.simulator.calls() + IN_HAND)
        frozen.freeze()
        scene.wait_for_members(1)
        scene.wait_done()
        frozen.thaw()
        frozen.says("partitions lost")
        scene.wait_for_members(2)
        later = scene.load("wxlostlater", 200)
        scene.refresh_due(later)
        scene.wait_done()
        scene.end_workers()

        rows, report = judge(scene, calls_at_once=2)
        again = expect_called_once(report, rows, but=IN_HAND)
        if not frozen.lines("wxlostlater"):
            raise Trouble("the worker that woke up did nothing any more")
        return f"{again} of {IN_HAND} in hand were called for again"


if __name__ == "__main__":
    main(scaling_from_one_to_four_and_back_loses_nothing_and_does_nothing_twice,
         a_group_put_back_to_the_beginning_does_nothing_again,
         a_partition_that_comes_back_with_an_older_offset_goes_on_where_it_stood,
         an_assignment_that_was_lost_is_finished_without_its_offsets)
