#!/usr/bin/env -S python3 -B
"""A service that the worker needs goes away in the middle of its work and comes back: the worker
waits, goes on and loses nothing."""

from judge import judge
from parts import Trouble, sql
from scene import Scene, size
from sentences import main

AUTHORIZERS = size("E2E_RESTART_AUTHORIZERS", 600)
REFRESHES = 2
RATE = 0.1  # of all calls, over all faults together
FAULTS = ({"fault": "errcode", "errcode": -1}, {"fault": "http", "status": 502}, {"fault": "reset_before"},
          {"fault": "reset_after"}, {"fault": "empty"}, {"fault": "html"})


def make_faults(scene):
    """Only refreshes: an exchange whose answer is lost must ask back, which is another story."""
    for fault in FAULTS:
        scene.simulator.tell("faults", call="api_authorizer_token", rate=RATE / len(FAULTS), **fault)


def refresh_while(home, name, disturb):
    """Refreshes, slow enough that disturb(scene, part) meets them in mid-work at a third and at two thirds."""
    with Scene(home, name, latency_ms=100) as scene:
        make_faults(scene)
        appids = scene.load(f"wx{name}x", AUTHORIZERS)
        scene.refresh_due(appids * REFRESHES)
        worker = scene.start_worker(worker__in_flight_max=40)
        for part in (1, 2):
            if not scene.reaches(len(appids) * REFRESHES * part // 3):
                raise Trouble("all work was done before the disturbance: raise E2E_RESTART_AUTHORIZERS")
            disturb(scene, part)
            if not worker.alive():
                raise Trouble(f"the worker ended with {worker.popen.returncode}\n{worker.tail()}")
        scene.authorize([f"wx{name}new{n:03}" for n in range(50)])
        scene.wait_done(180)
        scene.end_workers()

        _, report = judge(scene)
        if not report["faults"]:
            raise Trouble("the simulator made no fault")
        return f"{report['faults']} faults, {sum(report['calls'].values())} calls"


def a_database_that_restarts_is_waited_for(home):
    def restart(scene, _part):
        scene.house.database.stop()
        scene.house.database.start()

    return refresh_while(home, "pg", restart)


def a_broker_that_restarts_is_waited_for(home):
    def restart(scene, part):
        if part == 1:
            scene.house.broker.stop()
            scene.house.broker.start()

    return refresh_while(home, "kafka", restart)


def connections_cut_by_the_database_are_made_anew(home):
    """What an administrator or a failover does: the server stays, the session ends in mid-statement."""
    def cut(scene, _part):
        sql(scene.house.url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()")

    return refresh_while(home, "cut", cut)


def a_worker_killed_while_wechat_falters_loses_nothing(home):
    with Scene(home, "falter", latency_ms=20) as scene:
        make_faults(scene)
        appids = scene.load("wxfalterx", 300)
        scene.refresh_due(appids * REFRESHES)
        worker = scene.start_worker(worker__in_flight_max=40)
        scene.reaches(200)
        worker.kill()
        scene.start_worker(worker__in_flight_max=40)
        scene.wait_done()

        judge(scene)


if __name__ == "__main__":
    main(a_database_that_restarts_is_waited_for,
         a_broker_that_restarts_is_waited_for,
         connections_cut_by_the_database_are_made_anew,
         a_worker_killed_while_wechat_falters_loses_nothing)
