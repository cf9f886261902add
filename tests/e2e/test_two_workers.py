#!/usr/bin/env -S python3 -B
"""Two workers of one group on topics with different numbers of partitions: both work on the same
authorizers."""

from judge import judge
from parts import Trouble
from scene import Scene, chance, size
from sentences import main

AUTHORIZERS = size("E2E_TWO_AUTHORIZERS", 400)
REFRESHES = 3
PARTITIONS = (4, 6, 5)


def start_two(scene, **settings):
    """One configured by a file, the other by its environment; both with partitions when this returns."""
    workers = [scene.start_worker("file", **settings), scene.start_worker("environment", **settings)]
    scene.wait_for_members(2)
    return workers


def refresh_crosswise(scene, appids):
    """Without a key the refreshes of one authorizer lie on different partitions, and so they cross each other."""
    scene.refresh_due([appid for appid in appids for _ in range(REFRESHES)], keyed=False)


def settle(scene, appids):
    """A worker killed in mid-call while another works on the same authorizer may leave WeChat's last token
    unstored; that is found at the next refresh. So once the dust has settled, each authorizer gets one more
    refresh, and only then are tokens compared."""
    scene.wait_done()
    scene.refresh_due(appids)
    scene.wait_done()
    scene.end_workers()


def a_killed_worker_of_two_leaves_nothing_undone(home):
    with Scene(home, "two", latency_ms=50, partitions=PARTITIONS) as scene:
        appids = scene.load("wxtwox", AUTHORIZERS)
        idle = scene.load("wxtwoidle", AUTHORIZERS // 5)
        first, _ = start_two(scene, worker__in_flight_max=100)
        refresh_crosswise(scene, appids)
        scene.unauthorize(idle)
        scene.authorize(appids[::2], "updateauthorized")
        if not scene.reaches(int(len(appids) * REFRESHES * chance.uniform(0.2, 0.5))):
            raise Trouble("all work was done before the kill: raise E2E_TWO_AUTHORIZERS")
        first.kill()

        fresh = [f"wxtwonew{n:04}" for n in range(AUTHORIZERS)]
        scene.authorize(fresh)
        scene.start_worker(worker__in_flight_max=100)
        settle(scene, appids + fresh)

        _, report = judge(scene, calls_at_once=2, twice_ok=True)
        return f"at most {report['same_authorizer_in_flight_max']} calls at once for one authorizer"


def two_workers_share_the_work(home):
    """Refreshes and authorisations at once, nobody is killed, nothing is put right afterwards."""
    with Scene(home, "share", latency_ms=20, partitions=PARTITIONS) as scene:
        appids = scene.load("wxsharex", AUTHORIZERS)
        start_two(scene)
        refresh_crosswise(scene, appids)
        scene.authorize([f"wxsharenew{n:04}" for n in range(AUTHORIZERS)])
        scene.wait_done()
        scene.end_workers()

        _, report = judge(scene, calls_at_once=2)
        return f"at most {report['same_authorizer_in_flight_max']} calls at once for one authorizer"


def a_worker_that_joins_in_mid_work_leaves_nothing_undone(home):
    """A rebalance in good order: what crosses it may be called twice, and still every token is WeChat's last."""
    with Scene(home, "join", latency_ms=200, partitions=PARTITIONS) as scene:
        appids = scene.load("wxjoinx", AUTHORIZERS)
        scene.refresh_due(appids)
        scene.start_worker(worker__in_flight_max=10)
        scene.reaches(AUTHORIZERS // 20)
        scene.start_worker(worker__in_flight_max=10)
        scene.wait_for_members(2)
        if scene.lag() == 0:
            raise Trouble("all work was done before the second worker had its part")
        scene.wait_done()
        scene.end_workers()

        _, report = judge(scene, calls_at_once=2)
        twice = [a["authorizer_appid"] for a in report["authorizers"] if a["calls"] > 1]
        if len(twice) > AUTHORIZERS // 4:
            raise Trouble(f"the rebalance had {len(twice)} of {AUTHORIZERS} authorizers called for again")
        return f"{len(twice)} called for again"


def a_frozen_worker_that_wakes_up_harms_nobody(home):
    """Its partitions go to another while it stands still, with calls under way; then it goes on where it stood."""
    with Scene(home, "frozen", latency_ms=50, partitions=PARTITIONS) as scene:
        appids = scene.load("wxfrozenx", AUTHORIZERS)
        scene.refresh_due(appids * 2)
        frozen = scene.start_worker(worker__in_flight_max=50)
        scene.reaches(AUTHORIZERS // 2)
        frozen.freeze()
        scene.start_worker()
        scene.wait_done()
        frozen.thaw()
        scene.refresh_due(appids)
        settle(scene, appids)

        judge(scene, calls_at_once=2)


if __name__ == "__main__":
    main(a_killed_worker_of_two_leaves_nothing_undone,
         two_workers_share_the_work,
         a_worker_that_joins_in_mid_work_leaves_nothing_undone,
         a_frozen_worker_that_wakes_up_harms_nobody)
