#!/usr/bin/env -S python3 -B
"""How a worker ends: it finishes what is in flight and exits with 0, and the next worker repeats
nothing."""

import signal

from judge import judge
from parts import TimeOut, Trouble, wait_for
from scene import Scene, chance, size
from sentences import main

AUTHORIZERS = size("E2E_DRAIN_AUTHORIZERS", 500)
STOPS = 3


def expect_exit(worker, seconds, *wanted):
    status = worker.wait(seconds)
    if status not in wanted:
        raise Trouble(f"{worker.name} ended with {status}, not {wanted[0]}\n{worker.tail()}")


def nothing_finished_is_done_again_after_a_drain(home):
    """Each authorizer has one refresh-due and WeChat makes no mistake, so each is called for exactly once."""
    with Scene(home, "drain", latency_ms=100) as scene:
        appids = scene.load("wxdrainx", AUTHORIZERS)
        scene.refresh_due(appids)
        for stop in range(STOPS):
            worker = scene.start_worker(worker__in_flight_max=40)
            share = (stop + chance.uniform(0.2, 0.8)) / (STOPS + 1)
            if not scene.reaches(int(len(appids) * share)):
                raise Trouble("all work was done before the drain: raise E2E_DRAIN_AUTHORIZERS")
            worker.send(signal.SIGTERM)
            expect_exit(worker, 20, 0)
        if scene.lag() == 0:
            raise Trouble("all work was done before the last drain: raise E2E_DRAIN_AUTHORIZERS")
        scene.start_worker()
        scene.wait_done()

        rows, report = judge(scene)
        again = [f"{a['authorizer_appid']} ({a['calls']})" for a in report["authorizers"] if a["calls"] != 1]
        again += [f"{a} has version {r['version']}" for a, r in sorted(rows.items()) if r["version"] != 1]
        if again:
            raise Trouble(f"{len(again)} of {AUTHORIZERS} were not done exactly once: {', '.join(again[:5])}")


def an_idle_worker_ends_at_once(home):
    with Scene(home, "idle") as scene:
        scene.refresh_due(scene.load("wxidlex", 5))
        worker = scene.start_worker()
        scene.wait_done()
        worker.send(signal.SIGINT)
        expect_exit(worker, 5, 0)
        judge(scene)


def a_second_sigterm_ends_the_worker_at_once(home):
    """WeChat takes 6 s to answer, so a worker that drains is still there when the second signal comes."""
    with Scene(home, "second", latency_ms=6000) as scene:
        scene.refresh_due(scene.load("wxsecondx", 20))
        worker = scene.start_worker()
        wait_for(lambda: scene.simulator.report()["in_flight_max"] > 0, 60, "a call to be under way")
        worker.send(signal.SIGTERM)
        expect_no_exit(worker, 1)
        worker.send(signal.SIGTERM)
        worker.wait(2)
        if worker.popen.returncode in (-signal.SIGSEGV, -signal.SIGABRT):
            raise Trouble(f"it crashed with {worker.popen.returncode}\n{worker.tail()}")


def expect_no_exit(worker, seconds):
    try:
        wait_for(lambda: not worker.alive(), seconds, "")
    except TimeOut:
        return
    raise Trouble(f"it ended with {worker.popen.returncode} and calls under way\n{worker.tail()}")


def a_drain_that_runs_out_of_time_still_ends_with_0(home):
    """The calls that were cut short are made again by the next worker: nothing is lost."""
    with Scene(home, "short", latency_ms=4000) as scene:
        scene.refresh_due(scene.load("wxshortx", 20))
        worker = scene.start_worker(worker__drain_timeout_ms=500)
        wait_for(lambda: scene.simulator.report()["in_flight_max"] > 0, 60, "a call to be under way")
        worker.send(signal.SIGTERM)
        expect_exit(worker, 3.5, 0)
        if "warn" not in worker.log.read_text() + worker.out.read_text():
            raise Trouble(f"it does not warn that the drain ran out of time\n{worker.tail()}")
        scene.simulator.tell("latency", ms=0)
        scene.start_worker()
        scene.wait_done()
        scene.wait_parked(0)
        judge(scene)


if __name__ == "__main__":
    main(nothing_finished_is_done_again_after_a_drain,
         an_idle_worker_ends_at_once,
         a_second_sigterm_ends_the_worker_at_once,
         a_drain_that_runs_out_of_time_still_ends_with_0)
