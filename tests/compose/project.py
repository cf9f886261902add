"""docker-compose.yml as a separate project on this machine: its own name, ports and volumes."""

import contextlib
import json
import os
import random
import socket
import subprocess

from parts import ROOT, SLOW, Process, Simulator, Trouble, plain_environment, sql
from records import Away, request

PASSWORD = "development-only"
PORTS = range(20000, 32000)  # below those that a system uses for outgoing connections
LIST_TOPICS = (3, 1)  # Kafka's Metadata


def lacking():
    """Returns what is missing to run the file here, or an empty string."""
    done = subprocess.run([ROOT / "tests" / "compose" / "engine"], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip() if done.returncode else ""


def free_ports(count):
    found = []
    for port in random.sample(PORTS, 200):
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise Trouble("no free ports")


class Container:
    """One container. It looks like a Process as far as the judge and the scene need it."""

    def __init__(self, project, name):
        self.project, self.name = project, name
        self.out, self.log = project.folder / f"{name}.out", project.folder / f"{name}.log"

    def inspect(self, template):
        return self.project.docker("inspect", "-f", template, self.name).strip()

    def alive(self):
        return self.inspect("{{.State.Running}}") == "true"

    def is_healthy(self):
        return self.inspect("{{.State.Health.Status}}") == "healthy"

    def starts_again(self):
        return int(self.inspect("{{.RestartCount}}"))

    def exit_statuses(self):
        """Returns the status of each end of a container that is not one of the file's."""
        ends = (line.split() for line in self.project.ends.out.read_text().splitlines())
        return [int(status) for name, status in ends if name == self.name]

    def lines(self):
        """Returns what it has written so far, and keeps it in a file to be searched for secrets."""
        done = self.project.run(["docker", "logs", self.name], 60)
        self.log.write_text(done.stdout + done.stderr)
        return self.log.read_text().splitlines()

    def tail(self, lines=15):
        return "\n".join("     | " + line[:300] for line in self.lines()[-lines:])


class Published(Simulator):
    """The simulator, as seen from the host."""

    def __init__(self, folder, port):
        super().__init__(folder)
        self.url = f"http://127.0.0.1:{port}"

    def report(self):
        """Returns the report without the figures that mean nothing here.

        All workers call the simulator by the same name. `wxtoken check`, which only wants an
        answer, is no call of a worker.
        """
        report = super().report()
        others = [text for text in report["undocumented_requests"] if text != 'unknown path "/"']
        return report | {"same_client_in_flight_max": 0, "undocumented_requests": others,
                         "undocumented_count": len(others)}


class Project:
    """Takes the place of a house: it has a folder, a broker and a database."""

    def __init__(self, folder):
        self.folder, self.name = folder, f"wxtoken-test-{os.getpid()}"
        self.network = f"{self.name}_default"
        kafka, postgres, self.simulator_port = free_ports(3)
        kept = {k: v for k, v in plain_environment().items() if not k.startswith(("COMPOSE_", "KAFKA_", "POSTGRES_"))}
        self.environment = kept | {
            "COMPOSE_PROJECT_NAME": self.name, "COMPOSE_FILE": str(ROOT / "docker-compose.yml"),
            "KAFKA_PORT": str(kafka), "POSTGRES_PORT": str(postgres), "SIMULATOR_PORT": str(self.simulator_port)}
        self.broker = type("Published", (), {"address": f"127.0.0.1:{kafka}"})
        self.url = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{postgres}/tokens"
        # The containers that are not the file's.
        self.beside = [f"{self.name}-{name}" for name in ("late", "wrong", "old")]
        # The engine keeps only the last few hundred events, so this listens from the beginning.
        self.ends = Process(folder, "ends", [
            "docker", "events", "--filter", "event=die", *(f"--filter=container={name}" for name in self.beside),
            "--format", "{{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}"], self.environment)

    def run(self, words, seconds, environment=None, data=None):
        try:
            return subprocess.run(words, env=self.environment | (environment or {}), capture_output=True, text=True,
                                  input=data if data is not None else "", timeout=seconds * SLOW, check=False, cwd=ROOT)
        except subprocess.TimeoutExpired as e:
            raise Trouble(f"{' '.join(map(str, words[:6]))} … did not end within {seconds * SLOW:g} s") from e

    def docker(self, *words, seconds=60, environment=None):
        """Runs a docker command that must succeed, and returns its standard output."""
        done = self.run(["docker", *map(str, words)], seconds, environment)
        if done.returncode:
            raise Trouble(f"docker {' '.join(map(str, words[:5]))} … ended with {done.returncode}\n"
                          + "\n".join((done.stdout + done.stderr).splitlines()[-25:]))
        return done.stdout

    def compose(self, *words, seconds=60, **environment):
        return self.docker("compose", *words, seconds=seconds, environment=environment)

    def up(self, *words, **environment):
        """Starts everything. Existing images are used as they are."""
        try:
            self.compose("up", "--wait", "--wait-timeout", "240", *words, seconds=900, **environment)
        except Trouble as e:
            logs = self.run(["docker", "compose", "logs", "--no-color", "--tail", "6"], 60).stdout
            raise Trouble(f"{e}\n{logs}") from e

    def migrate(self):
        """Does nothing but return the URL: a service of the file has migrated."""
        return self.url

    def containers(self, service):
        names = self.compose("ps", "-a", "--format", "{{.Name}}", service).split()
        return [Container(self, name) for name in sorted(names, key=lambda n: int(n.rsplit("-", 1)[1]))]

    def create(self, name, words, environment):
        """Creates one more worker container, with the file's restart policy, in its own group."""
        full = f"{self.name}-{name}"
        more = [f"--env={key}={value}" for key, value in environment.items()]
        self.docker("create", "--name", full, "--network", self.network, "--restart", "unless-stopped", "--cap-drop",
                    "ALL", f"--env=WXTOKEN_KAFKA_GROUP_ID={name}", *more, "wxtoken", *words)
        return Container(self, full)

    def named_parts(self, index=1):
        """Returns the checks that fail, according to a worker container's health command."""
        done = self.run(["docker", "compose", "exec", "-T", "--index", str(index), "worker", "wxtoken", "health"], 20)
        checks = json.loads(done.stdout or "{}").get("checks", {"worker": {"status": "silent"}})
        failing = {name for name, check in checks.items() if check["status"] != "ok"}
        if bool(done.returncode) != bool(failing):
            raise Trouble(f"health ended with {done.returncode}: {done.stdout}{done.stderr}")
        return failing

    def kafka_answers(self):
        with contextlib.suppress(Away):
            return bool(request(self.broker.address, LIST_TOPICS, b"\0\0\0\0"))
        return False

    def postgres_answers(self):
        with contextlib.suppress(Trouble):
            return sql(self.url, "SELECT 1") == ["1"]
        return False

    def left_over(self):
        label = f"label=com.docker.compose.project={self.name}"
        return (self.docker("ps", "-aq", "--filter", label) + self.docker("volume", "ls", "-q", "--filter", label)
                + self.docker("network", "ls", "-q", "--filter", label)).split()

    def down(self):
        self.ends.stop()
        self.run(["docker", "rm", "-fv", *self.beside], 60)
        self.compose("--profile", "*", "down", "-v", "--remove-orphans", "--timeout", "20", seconds=120)
        self.run(["docker", "network", "rm", f"{self.name}-late"], 60)
        if left := self.left_over():
            raise Trouble(f"down -v leaves {left}")
