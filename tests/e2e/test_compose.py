#!/usr/bin/env -S python3 -B
"""docker-compose.yml on the Docker engine of this machine: what its user gets, and what becomes of
the workers when something is wrong. Without an engine the file is skipped: it says why and exits
with 77."""

import contextlib
import os
import re
import sys
import time

from judge import judge
from parts import ROOT, Folder, TimeOut, Trouble, sql, wait_for
from records import create_topics
from scene import Scene, size
from sentences import main

sys.path.insert(0, str(ROOT / "tests" / "compose"))

from project import PASSWORD, Project, Published, lacking  # pylint: disable=wrong-import-position

SKIPPED = 77
NOTICE_S = 5  # a part that goes away, or comes back, is told within this
AWAY_S = size("E2E_AWAY_S", 3)  # how long it stays away
ACCOUNTS = size("E2E_COMPOSE_AUTHORIZERS", 300)
GRACE_S = 30  # stop_grace_period
START_LIMIT_S = 60  # a service that is not there at a start
SETTINGS_WRONG, SERVICE_AWAY = 78, 69


@contextlib.contextmanager
def project():
    with Folder() as folder:
        home = Project(folder)
        try:
            home.compose("config", "-q")
            home.ends.start()
            home.up()
            start_without_kafka(home)
            yield home
        finally:
            home.down()


def worker_environment(broker="kafka", database="tokens"):
    """Of a worker beside those of the file."""
    return {"WXTOKEN_KAFKA_BOOTSTRAP_SERVERS": f"{broker}:9092",
            "WXTOKEN_POSTGRES_URL": f"postgresql://postgres:{PASSWORD}@postgres/{database}"}


def expect(truth, complaint):
    if not truth:
        raise Trouble(complaint)


# what one gets

def check_tells_each_part_and_the_images_are_as_promised(home):
    told = home.compose("run", "--rm", "--no-deps", "worker", "check")
    parts = re.findall(r"^(\w+) +ok ", told, re.M)
    expect(parts == ["settings", "kafka", "database", "component", "wechat"], f"check says:\n{told}")
    version = home.compose("run", "--rm", "--no-deps", "worker", "--version").split()[-1]
    facts = '{{.Config.User}}\t{{index .Config.Labels "org.opencontainers.image.version"}}\t{{.Size}}'
    sizes = []
    for image in ("wxtoken", "wechat-simulator"):
        user, label, size_bytes = home.docker("image", "inspect", "-f", facts, image).strip().split("\t")
        expect(user.split(":")[0] not in ("", "0", "root"), f"{image} runs as {user!r}")
        expect(label == version, f"{image} is labelled {label}, the program says {version}")
        sizes.append(f"{image} {int(size_bytes) / 1e6:.0f} MB")
    worker, = home.containers("worker")
    rights = worker.inspect("{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}")
    expect(rights == "true [ALL]", f"the worker has more rights than it needs: {rights}")
    return ", ".join(sizes)


# what is wrong

def one_clear_line(container, status, words):
    """Whatever else it says, the last line before it ended has these words; and it was started again."""
    with contextlib.suppress(TimeOut):
        wait_for(lambda: status in container.exit_statuses() and container.starts_again() > 0, 20, "")
    told = [line for line in container.lines() if re.search(words, line)]
    expect(told and set(container.exit_statuses()) == {status},
           f"{container.name} ended with {container.exit_statuses()}, not {status} and {words}\n{container.tail()}")
    expect(container.starts_again() > 0, f"{container.name} was not started again")
    return told[0]


def becomes_healthy(container, seconds=20):
    try:
        wait_for(container.is_healthy, seconds, f"{container.name} to be healthy", pause=0.2)
    except Trouble as e:
        raise Trouble(f"{e}\n{container.tail()}") from e


def copy_settings(home, container, text):
    file = home.folder / "wxtoken.conf"
    file.write_text(text)
    file.chmod(0o644)
    home.docker("cp", file, f"{container.name}:/etc/wxtoken.conf")


def a_wrong_setting_ends_a_worker_until_it_is_mended(home):
    container = home.create("wrong", ["worker", "-c", "/etc/wxtoken.conf"], worker_environment())
    copy_settings(home, container, "log.level = loud\n")
    home.docker("start", container.name)
    line = one_clear_line(container, SETTINGS_WRONG, "log.level.*loud")
    copy_settings(home, container, "log.level = info\n")
    becomes_healthy(container)
    home.docker("rm", "-f", container.name)
    return line


def an_old_schema_ends_a_worker_until_it_is_migrated(home):
    sql(home.url, "CREATE DATABASE old")
    container = home.create("old", ["worker"], worker_environment(database="old"))
    home.docker("start", container.name)
    line = one_clear_line(container, SETTINGS_WRONG, "schema.* 0")
    url = worker_environment(database="old")["WXTOKEN_POSTGRES_URL"]
    home.compose("run", "--rm", "--no-deps", "-e", f"WXTOKEN_POSTGRES_URL={url}", "migrate")
    becomes_healthy(container)
    home.docker("rm", "-f", container.name)
    return line


def start_without_kafka(home):
    """A worker that knows the broker by a name which there is not yet. It runs beside the other tests."""
    home.docker("network", "create", f"{home.name}-late")
    home.late = home.create("late", ["worker"], worker_environment(broker="late"))
    home.docker("network", "connect", f"{home.name}-late", home.late.name)
    home.docker("start", home.late.name)


def a_worker_that_finds_no_kafka_for_a_minute_ends_until_it_does(home):
    wait_for(home.late.exit_statuses, START_LIMIT_S + 20, "the worker without Kafka to end", pause=0.5)
    line = one_clear_line(home.late, SERVICE_AWAY, "msg=ending.*")
    kafka, = home.containers("kafka")
    home.docker("network", "connect", "--alias", "late", f"{home.name}-late", kafka.name)
    becomes_healthy(home.late)
    home.docker("rm", "-f", home.late.name)
    home.docker("network", "disconnect", f"{home.name}-late", kafka.name)
    return line


def stays_named(home, part):
    """For as long as it is away, and the worker goes on meanwhile."""
    back_at = time.monotonic() + AWAY_S
    while time.monotonic() < back_at:
        expect(home.named_parts() == {part}, f"{part} is away, and not named: {home.named_parts()}")
        time.sleep(0.5)


def what_goes_away_is_named_and_so_is_its_return(home):
    worker, = home.containers("worker")
    began = worker.inspect("{{.State.StartedAt}}")
    for part, answers in (("postgres", home.postgres_answers), ("kafka", home.kafka_answers)):
        home.compose("stop", part)
        wait_for(lambda part=part: home.named_parts() == {part}, NOTICE_S, f"{part} to be named", pause=0.1)
        stays_named(home, part)
        home.compose("start", part)
        wait_for(answers, 60, f"{part} to answer again")
        wait_for(lambda: not home.named_parts(), NOTICE_S, f"the worker to be ready again after {part}", pause=0.1)
    expect(worker.inspect("{{.State.StartedAt}}") == began, "the worker has been started again meanwhile")


# three workers

class Scaled(Scene):
    """A scene whose workers are the file's, and so is everything else."""

    def __init__(self, home, name):
        super().__init__(home, name, partitions=(6, 6, 6))
        self.simulator = Published(self.folder, home.simulator_port)

    def set_up(self):
        create_topics(self.house.broker.address, self.inputs | {self.updated: self.updated_partitions} |
                      {topic: 1 for topic in self.dead_letters})
        self.add_component(self.component)

    def __exit__(self, *_):
        """All of it ends with the project."""

    def scale(self, count):
        """So many workers for this scene's topics."""
        self.house.up(
            "--no-deps", "--scale", f"worker={count}", "worker",
            WXTOKEN_TOPICS_AUTHORIZATION_CHANGED=self.changed, WXTOKEN_TOPICS_REFRESH_DUE=self.due,
            WXTOKEN_TOPICS_TOKEN_UPDATED=self.updated, WXTOKEN_KAFKA_GROUP_ID=self.group,
            WXTOKEN_KAFKA_SESSION_TIMEOUT_MS="6000", WXTOKEN_WORKER_IN_FLIGHT_MAX="20")
        self.workers = self.house.containers("worker")
        self.wait_for_members(count)

    def expect_exits(self, status, workers):
        found = {w.name: w.inspect("{{.State.Status}} {{.State.ExitCode}}") for w in workers}
        expect(set(found.values()) == {f"exited {status}"}, f"not all ended with {status}: {found}")


def a_killed_worker_of_three_leaves_nothing_undone(home):
    with Scaled(home, "scaled") as scene:
        appids = scene.load("wxscaledx", ACCOUNTS)
        scene.scale(3)
        scene.simulator.tell("latency", ms=200)
        before = scene.simulator.calls()
        scene.refresh_due(appids * 2, keyed=False)
        fresh = [f"wxscalednew{n:04}" for n in range(ACCOUNTS // 2)]
        scene.authorize(fresh)
        expect(scene.reaches(before + ACCOUNTS // 3), "all was done before the kill: raise E2E_COMPOSE_AUTHORIZERS")
        home.docker("kill", scene.workers[1].name)
        scene.wait_done()
        scene.expect_exits(137, scene.workers[1:2])

        scene.scale(3)
        scene.simulator.tell("latency", ms=0)
        scene.refresh_due(appids + fresh)  # WeChat's last token may be unstored; the next refresh finds that
        scene.wait_done()
        for worker in scene.workers:
            worker.lines()
        _, report = judge(scene, calls_at_once=3, twice_ok=True)
        return f"at most {report['same_authorizer_in_flight_max']} calls at once for one authorizer"


def stop_drains_within_the_grace_period(home):
    with Scaled(home, "stopped") as scene:
        appids = scene.load("wxstoppedx", ACCOUNTS)
        scene.scale(3)
        scene.simulator.tell("latency", ms=400)
        before = scene.simulator.calls()
        scene.refresh_due(appids)
        expect(scene.reaches(before + ACCOUNTS // 5), "all was done before the stop: raise E2E_COMPOSE_AUTHORIZERS")
        home.compose("stop", seconds=GRACE_S + 60)
        scene.expect_exits(0, scene.workers)
        scene.expect_exits(0, home.containers("simulator"))
        drained = [re.search("msg=drained", w.tail()) for w in scene.workers]
        expect(all(drained), "a worker does not say that it drained\n" + "\n".join(w.tail() for w in scene.workers))


def the_lines_for_somebody_elses_tests_run_as_they_stand(home):
    """They begin with up and end with down, so they come last."""
    readme = (ROOT / "tests" / "simulator" / "README.md").read_text()
    part = readme.split("## For somebody else's tests", 1)[1]
    steps = re.split(r"(?m)^\$ ", re.search(r"^```console\n(.*?)^```$", part, re.M | re.S)[1])[1:]
    commands, shown = zip(*(step.split("\n", 1) for step in steps))
    script = "".join(f"{command}\necho '<end>'\n" for command in commands)
    done = home.run(["bash", "-euo", "pipefail", "-c", script], 120)
    said = done.stdout.split("<end>\n")[:-1]
    expect(done.returncode == 0 and said == list(shown),
           f"it ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return f"{len(commands)} lines"


if __name__ == "__main__":
    if why := lacking():
        print(f"skipped: {why}")
        sys.exit(1 if os.environ.get("E2E_ENGINE") == "needed" else SKIPPED)
    main(check_tells_each_part_and_the_images_are_as_promised,
         a_wrong_setting_ends_a_worker_until_it_is_mended,
         an_old_schema_ends_a_worker_until_it_is_migrated,
         what_goes_away_is_named_and_so_is_its_return,
         a_killed_worker_of_three_leaves_nothing_undone,
         a_worker_that_finds_no_kafka_for_a_minute_ends_until_it_does,
         stop_drains_within_the_grace_period,
         the_lines_for_somebody_elses_tests_run_as_they_stand,
         place=project)
