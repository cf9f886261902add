#!/usr/bin/env -S python3 -B
"""/livez, /readyz and `wxtoken health` say whether the worker works, and if not, what it waits
for."""

import contextlib
import json
import urllib.error
import urllib.request

from parts import Trouble, command, wait_for
from scene import Scene
from sentences import main

NOTICE_S = 5  # a part that goes away, or comes back, is told within this


def ask(scene, path, method="GET"):
    """(HTTP status, the body as JSON); (0, {}) where nobody answers."""
    address = scene.settings_of_worker["admin.listen"]
    request = urllib.request.Request(f"http://{address}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.loads(answer.read() or "{}")
    except urllib.error.HTTPError as e:
        return e.code, json.loads(e.read() or "{}")
    except OSError:
        return 0, {}


def start(scene, **more):
    """A worker whose address the test knows."""
    scene.settings_of_worker = scene.settings(**more)
    return scene.start_worker(**{"admin__listen": scene.settings_of_worker["admin.listen"]} | more)


def is_ready(scene):
    status, said = ask(scene, "/readyz")
    return status == 200 and said["status"] == "ready"


def failing(scene):
    """The checks that fail."""
    _, said = ask(scene, "/readyz")
    return {name for name, check in said.get("checks", {}).items() if check["status"] != "ok"}


def health(scene):
    return command(scene.folder, "health", ["health"], scene.settings_of_worker)


def a_worker_says_that_it_lives_and_is_ready(home):
    with Scene(home, "health") as scene:
        worker = start(scene)
        wait_for(lambda: is_ready(scene), 30, "the worker to be ready")
        status, out, err = health(scene)
        if status or not json.loads(out)["status"] == "ready":
            raise Trouble(f"health ended with {status}: {out}{err}")
        expected = {("/livez", "GET"): 200, ("/livez", "HEAD"): 200, ("/readyz", "POST"): 405, ("/tokens", "GET"): 404}
        for (path, method), code in expected.items():
            if (found := ask(scene, path, method)[0]) != code:
                raise Trouble(f"{method} {path} is answered {found}, not {code}")
        checks = ask(scene, "/readyz")[1]["checks"]
        if set(checks) != {"phase", "kafka", "postgres", "producer", "progress"} or not all(
                check["detail"] for check in checks.values()):
            raise Trouble(f"a check is missing or says nothing: {checks}")
        if worker.terminate():
            raise Trouble("the worker did not end with 0")
        if health(scene)[0] != 1:
            raise Trouble("health of a worker that has ended is not 1")


def a_worker_whose_kafka_client_keeps_no_statistics_is_ready_too(home):
    with Scene(home, "healthquiet") as scene:
        start(scene, kafka__statistics__interval__ms=0)
        wait_for(lambda: is_ready(scene), 30, "the worker to be ready")


def what_goes_away_is_named_and_its_return_too(home):
    with Scene(home, "healthaway") as scene:
        start(scene)
        wait_for(lambda: is_ready(scene), 30, "the worker to be ready")
        for part, server in (("postgres", scene.house.database), ("kafka", scene.house.broker)):
            server.stop()
            wait_for(lambda part=part: failing(scene) == {part}, NOTICE_S, f"{part} to be named", pause=0.2)
            if (status := health(scene)[0]) != 1 or ask(scene, "/livez")[0] != 200:
                raise Trouble(f"health ends with {status}, or the worker does not live, while {part} is away")
            server.start()
            wait_for(lambda: is_ready(scene), NOTICE_S, f"the worker to be ready again after {part}", pause=0.2)


def an_address_that_is_taken_ends_the_worker_and_an_empty_one_is_none(home):
    with Scene(home, "healthtaken") as scene:
        start(scene)
        wait_for(lambda: is_ready(scene), 30, "the worker to be ready")
        taken = scene.settings_of_worker["admin.listen"]
        second = scene.start_worker(admin__listen=taken)
        status = second.wait(30)
        if status != 69 or not second.lines(f'could not listen on \\"{taken}\\"'):
            raise Trouble(f"a second worker at the same address ended with {status}\n{second.tail()}")
        third = scene.start_worker(admin__listen="")
        third.says("msg=working")
        with contextlib.suppress(ValueError):
            scene.workers.remove(second)
        status, _, err = command(scene.folder, "health", ["health"], scene.settings(admin__listen=""))
        if status != 1 or "admin.listen is empty" not in err:
            raise Trouble(f"health without an address ended with {status}: {err}")
        scene.end_workers()


if __name__ == "__main__":
    main(a_worker_says_that_it_lives_and_is_ready,
         a_worker_whose_kafka_client_keeps_no_statistics_is_ready_too,
         what_goes_away_is_named_and_its_return_too,
         an_address_that_is_taken_ends_the_worker_and_an_empty_one_is_none)
