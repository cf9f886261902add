#!/usr/bin/env -S python3 -B
"""The main job on real parts: events in, WeChat called, PostgreSQL written, token-updated out."""

from judge import judge
from parts import Trouble, wait_for
from scene import Scene, size
from sentences import main

EVENTS = size("E2E_EVENTS", 2000)
AUTHORIZERS = size("E2E_AUTHORIZERS", 500)


def do_the_main_job(home, name, by, **simulated):
    with Scene(home, name, **simulated) as scene:
        loaded = scene.load(f"wx{name}l", AUTHORIZERS)
        fresh = [f"wx{name}n{n:05}" for n in range(AUTHORIZERS)]
        rounds = max(1, EVENTS // AUTHORIZERS)

        scene.refresh_due(loaded * rounds)
        worker = scene.start_worker(by)
        refreshed_s = scene.wait_done()
        scene.authorize(fresh, redirect_every=10)
        authorized_s = scene.wait_done()
        scene.unauthorize(fresh[::5] + loaded[::5])
        scene.wait_done()

        rows, report = judge(scene)
        expect_changes(scene, rows, rounds)
        status = worker.terminate()
        if status:
            raise Trouble(f"the worker ended with {status}\n{worker.tail()}")
        return (f"{len(loaded) * rounds} refreshes in {refreshed_s:.1f} s, {len(fresh)} authorisations in "
                f"{authorized_s:.1f} s, {sum(report['calls'].values())} calls")


def expect_changes(scene, rows, rounds):
    """Nothing is done without cause: a version for each refresh at most, one for each authorisation."""
    for appid, row in rows.items():
        refreshes = rounds if appid in scene.loaded else 0
        most = refreshes + (appid in scene.authorized) + (appid in scene.unauthorized)
        least = min(refreshes, 1) + (appid in scene.authorized) + (appid in scene.unauthorized)
        if not least <= row["version"] <= most:
            raise Trouble(f"{appid} has version {row['version']}, not {least} to {most}")


def a_worker_configured_by_a_file_does_the_main_job(home):
    return do_the_main_job(home, "file", "file")


def a_worker_configured_by_its_environment_does_the_main_job(home):
    return do_the_main_job(home, "env", "environment")


def refresh_tokens_that_rotate_are_kept(home):
    return do_the_main_job(home, "rotate", "options", rotate=True)


def a_record_that_cannot_succeed_becomes_a_dead_letter(home):
    with Scene(home, "dead") as scene:
        good = scene.load("wxdead", 20)
        scene.send(scene.due, [(None, b"not json"), (None, b""), (None, b"[1,2]"),
                               (None, {"authorizer_appid": "no appid"}),
                               (None, b'{"a":"' + b"x" * 65536 + b'"}'),
                               (None, {"authorizer_appid": "wxnobody"})])
        scene.send(scene.changed, [("k", {"authorizer_appid": good[0], "info_type": "authorized"})])
        scene.expected_dead.update({"invalid-event": 5, "too-large": 1, "unknown-authorizer": 1})
        scene.refresh_due(good)
        scene.send(scene.due, [("k", {"authorizer_appid": good[0]})],
                   {"ce_specversion": "1.0", "ce_type": "wxtoken.something-else.v1", "ce_id": "1", "ce_source": "/"})
        scene.expected_dead["unknown-type"] += 1

        scene.start_worker()
        scene.wait_done()

        judge(scene)


def a_version_that_is_stored_already_is_not_asked_for_again(home):
    with Scene(home, "due") as scene:
        appids = scene.load("wxdue", 50)
        scene.refresh_due(appids)
        worker = scene.start_worker()
        scene.wait_done()
        calls = scene.simulator.calls()

        scene.send(scene.due, [(scene.key(a), {"authorizer_appid": a, "version": "0"}) for a in appids])
        scene.send(scene.changed, [(None, {"authorizer_appid": a, "info_type": "something_new"}) for a in appids])
        scene.wait_done()

        judge(scene)
        if scene.simulator.calls() != calls or not worker.alive():
            raise Trouble(f"{scene.simulator.calls() - calls} calls for what was there already")


def topics_that_do_not_exist_yet_are_waited_for(home):
    with Scene(home, "late") as scene:
        appids = scene.load("wxlate", 10)
        worker = scene.start_worker(topics__refresh_due="late.made-later",
                                    kafka__topic__metadata__refresh__interval__ms=2000)
        scene.authorize(["wxlatenew"])
        wait_for(lambda: "wxlatenew" in scene.rows(), 60, "the topic that exists to be worked on")
        scene.make_topic("late.made-later", scene.due)
        scene.refresh_due(appids)
        scene.wait_done()

        judge(scene)
        if not worker.alive():
            raise Trouble("the worker ended")


if __name__ == "__main__":
    main(a_worker_configured_by_a_file_does_the_main_job,
         a_worker_configured_by_its_environment_does_the_main_job,
         refresh_tokens_that_rotate_are_kept,
         a_record_that_cannot_succeed_becomes_a_dead_letter,
         a_version_that_is_stored_already_is_not_asked_for_again,
         topics_that_do_not_exist_yet_are_waited_for)
