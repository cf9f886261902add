#!/usr/bin/env -S python3 -B
"""A worker is killed with -9 in the middle of its work and started again: nothing is lost, nothing
is stale."""

from judge import judge
from parts import Trouble
from scene import Scene, chance, size
from sentences import main

KILLS = size("E2E_KILLS", 1)
AUTHORIZERS = size("E2E_KILL_AUTHORIZERS", 1000)
REFRESHES = size("E2E_KILL_REFRESHES", 2)
MISSES = 5  # rounds in a row whose work was done before the kill


def kill_and_restart(home, name, latency_ms):
    """One round; false where the worker was too fast to be killed in mid-flight."""
    with Scene(home, name, latency_ms) as scene:
        appids = scene.load(f"wx{name}x", AUTHORIZERS)
        scene.refresh_due(appids * REFRESHES)
        all_calls = AUTHORIZERS * REFRESHES
        worker = scene.start_worker()
        in_mid_work = scene.reaches(int(all_calls * chance.uniform(0.2, 0.6)))
        worker.kill()
        calls, lag = scene.simulator.calls(), scene.lag()
        if not in_mid_work or calls > 0.8 * all_calls or lag == 0:
            return False

        # Another change of the same authorizers, on the other topic: it may be worked on before what was cut
        # short is seen again, and would bury a version that nobody was told of.
        scene.authorize(appids[::2], "updateauthorized")
        scene.start_worker()
        scene.wait_done()

        judge(scene)
        return True


def kill_many_times(home, latency_ms):
    done = misses = 0
    while done < KILLS:
        name = f"k{latency_ms}r{done}m{misses}"
        if kill_and_restart(home, name, latency_ms):
            done, misses = done + 1, 0
            continue
        misses += 1
        if misses > MISSES:
            raise Trouble(f"all work was done before the kill, {MISSES} times in a row: raise E2E_KILL_AUTHORIZERS")
    return f"{done} kills"


def a_killed_worker_loses_no_announcement_at_full_speed(home):
    return kill_many_times(home, 0)


def a_killed_worker_loses_no_announcement_with_calls_under_way(home):
    return kill_many_times(home, 100)


def a_worker_that_is_killed_again_and_again_gets_its_work_done(home):
    with Scene(home, "again", latency_ms=20) as scene:
        appids = scene.load("wxagainx", 300)
        scene.refresh_due(appids * REFRESHES)
        for part in (0.2, 0.4, 0.6):
            worker = scene.start_worker(worker__in_flight_max=50)
            scene.reaches(int(len(appids) * REFRESHES * part))
            worker.kill()
        scene.start_worker()
        scene.wait_done()

        judge(scene)


if __name__ == "__main__":
    main(a_killed_worker_loses_no_announcement_at_full_speed,
         a_killed_worker_loses_no_announcement_with_calls_under_way,
         a_worker_that_is_killed_again_and_again_gets_its_work_done)
