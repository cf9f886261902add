"""The parts that an end-to-end test starts and stops: broker, database, simulator, worker.

Each part is a context manager around one process of its own. A part ends when its block ends, however that
ends, and the kernel ends it where the test itself is killed. Only waiting with a deadline happens here.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SUPPORT = ROOT / "tests" / "support"
SLOW = float(os.environ.get("E2E_PATIENCE", "1"))


class Trouble(Exception):
    """Something did not happen that the test rests on, or something is wrong with what it found."""


class TimeOut(Trouble):
    """A deadline has passed."""


def wait_for(question, seconds, what, pause=0.05):
    """Asks until the answer is true and returns it. The deadline grows with E2E_PATIENCE."""
    deadline = time.monotonic() + seconds * SLOW
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise TimeOut(f"{what}: not within {seconds * SLOW:g} s")
        time.sleep(pause)
    return answer


def program(variable, name):
    """Path of a program that was built: from the environment, or from one of the presets' folders."""
    places = [os.environ.get(variable)] + [ROOT / "build" / preset / name for preset in ("test", "release")]
    for place in places:
        if place and os.access(place, os.X_OK):
            return str(Path(place).resolve())
    raise Trouble(f"no program {name}: build it, or set {variable} to its path")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def plain_environment(extra=None):
    """Our environment without what would configure a worker or libpq behind the test's back."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WXTOKEN_", "PG"))}
    return kept | (extra or {})


class Folder:
    """Temporary folder of a test file, removed at the end unless E2E_KEEP is set."""

    def __enter__(self):
        self.path = Path(tempfile.mkdtemp(prefix="wxtoken-e2e-"))
        self.path.chmod(0o755)  # PostgreSQL runs as another user below it
        return self.path

    def __exit__(self, *_):
        if os.environ.get("E2E_KEEP"):
            print(f"     kept {self.path}", flush=True)
            return
        shutil.rmtree(self.path, ignore_errors=True)


class Process:
    """A program with its output in files: NAME.out and NAME.log (standard error) in a folder."""

    def __init__(self, folder, name, argv, environment=None, death="TERM"):
        self.name, self.argv, self.death = name, [str(a) for a in argv], death
        self.environment = environment if environment is not None else plain_environment()
        self.out, self.log = folder / f"{name}.out", folder / f"{name}.log"
        self.popen = None

    def start(self):
        with open(self.out, "wb") as out, open(self.log, "ab") as log:
            self.popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", self.death, "--"] + self.argv,
                stdin=subprocess.DEVNULL, stdout=out, stderr=log, env=self.environment)
        return self

    def ready(self, seconds):
        """The line by which a program says that it is ready; one that does not say it is ended."""
        def line():
            text = self.out.read_text(errors="replace")
            if "\n" in text:
                return text.split("\n", 1)[0]
            if not self.alive():
                raise Trouble(f"{self.name} ended with {self.popen.returncode}:\n{self.tail()}")
            return None
        try:
            return wait_for(line, seconds, f"{self.name} to be ready")
        except BaseException:
            self.stop()
            raise

    def alive(self):
        return self.popen is not None and self.popen.poll() is None

    def send(self, number):
        if self.alive():
            self.popen.send_signal(number)

    def wait(self, seconds):
        """Its exit status: negative for a signal, as subprocess has it."""
        wait_for(lambda: not self.alive(), seconds, f"{self.name} to end", pause=0.02)
        return self.popen.returncode

    def terminate(self, seconds=30):
        self.send(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self):
        self.send(signal.SIGKILL)
        self.popen.wait()

    def stop(self):
        """Ends it in any case, first with good manners. SIGCONT, because it may be frozen."""
        if not self.alive():
            return
        self.send(signal.SIGCONT)
        try:
            self.terminate(20)
        except TimeOut:
            self.kill()

    def tail(self, lines=15):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join("     | " + line[:300] for line in text.splitlines()[-lines:])

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class Broker(Process):
    """A real Kafka broker. stop() and start() make a restart: same port, same records."""

    def __init__(self, folder):
        self.port = free_port()
        libs = Path(os.environ.get("KAFKA_LIBS", ROOT / "build" / "kafka-4.1.0" / "libs"))
        super().__init__(folder, "broker", [
            SUPPORT / "kafka_broker", "--libs", libs, "--port", self.port, "--data", folder / "kafka",
            "--property", "group.min.session.timeout.ms=1000"])
        self.address = f"127.0.0.1:{self.port}"

    def start(self):
        super().start()
        self.ready(90)
        return self


class Database(Process):
    """A private PostgreSQL server. stop() and start() make a restart: same port, same rows."""

    def __init__(self, folder):
        self.port, data = free_port(), folder / "postgres"
        data.mkdir(exist_ok=True)  # a folder that the script did not make is left by it at a stop
        super().__init__(folder, "database", [
            SUPPORT / "private_postgres", "--no-fsync", "--keep", "--port", self.port, data])
        self.url = None

    def start(self):
        super().start()
        self.url = self.ready(60)
        return self

    def named(self, name):
        """URL of another database of this server."""
        return self.url.rsplit("/", 1)[0] + "/" + name

    def make(self, name):
        """Makes an empty database and returns its URL."""
        sql(self.url, f"CREATE DATABASE {name}")
        return self.named(name)


class Simulator(Process):
    """The WeChat stand-in and its control interface."""

    def __init__(self, folder, name="simulator", latency_ms=0, rotate=False):
        self.port = free_port()
        argv = [program("WECHAT_SIMULATOR", "wechat-simulator"), "--port", self.port,
                "--seed", os.environ.get("E2E_SEED", "1"), "--latency-ms", latency_ms]
        super().__init__(folder, name, argv + (["--rotate"] if rotate else []))
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        super().start()
        self.ready(20)
        return self

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + "/simulator/" + path, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as e:
            raise Trouble(f"simulator refused {path}: {e.code} {e.read().decode(errors='replace')}") from e

    def tell(self, path, **body):
        return json.loads(self.ask("POST", path, body) or "{}")

    def report(self):
        return json.loads(self.ask("GET", "report"))

    def tokens(self):
        return [json.loads(line) for line in self.ask("GET", "tokens").splitlines() if line]

    def calls(self):
        """Calls to WeChat so far, of every kind."""
        return sum(self.report()["calls"].values())

    def clear_faults(self):
        self.ask("DELETE", "faults")


class Worker(Process):
    """A `wxtoken worker`, configured by a settings file or by its environment."""

    def __init__(self, folder, name, settings, by="file"):
        argv, environment = command_line(folder, name, ["worker"], settings, by)
        super().__init__(folder, name, argv, environment, death="KILL")
        self.address = settings.get("admin.listen")

    def freeze(self):
        self.send(signal.SIGSTOP)

    def thaw(self):
        self.send(signal.SIGCONT)

    def lines(self, words):
        """How many lines of its log have these words."""
        return self.log.read_text(errors="replace").count(words)

    def says(self, words, seconds=20):
        """Waits until a line of its log has these words."""
        wait_for(lambda: self.lines(words), seconds, f"{self.name} to say \"{words}\"")

    def cpu_seconds(self):
        """Processor time that it has used, user and system."""
        fields = Path(f"/proc/{self.popen.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_kilobytes(self):
        status = Path(f"/proc/{self.popen.pid}/status").read_text()
        return int(status.split("VmHWM:", 1)[1].split()[0])


def command_line(folder, name, words, settings, by="file"):
    """argv and environment of a wxtoken command with these settings: key -> value."""
    argv = [program("WXTOKEN", "wxtoken")] + words
    if by == "environment":
        names = {"WXTOKEN_" + k.upper().replace(".", "_"): str(v) for k, v in settings.items()}
        return argv, plain_environment(names)
    if by == "options":
        return argv + [w for k, v in settings.items() for w in ("-o", f"{k}={v}")], plain_environment()
    file = folder / f"{name}.conf"
    file.write_text("# written by a test\n" + "".join(f"{k} = {v}\n" for k, v in settings.items()))
    return argv + ["-c", str(file)], plain_environment()


def command(folder, name, words, settings, by="file", seconds=90):
    """Runs a wxtoken command to its end: (exit status, standard output, standard error)."""
    argv, environment = command_line(folder, name, words, settings, by)
    try:
        done = subprocess.run(argv, env=environment, capture_output=True, timeout=seconds * SLOW,
                              stdin=subprocess.DEVNULL, text=True, errors="replace", check=False)
    except subprocess.TimeoutExpired as e:
        raise Trouble(f"wxtoken {' '.join(words)} did not end within {seconds * SLOW:g} s") from e
    return done.returncode, done.stdout, done.stderr


def sql(url, statement, rows=None):
    """Runs a statement by psql and returns its lines. rows: what a COPY … FROM STDIN reads, as tuples."""
    data = None
    if rows is not None:
        data = "".join("\t".join("\\N" if v is None else str(v) for v in row) + "\n" for row in rows)
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement],
                          input=data, capture_output=True, text=True, check=False, env=plain_environment())
    if done.returncode:
        raise Trouble(f"psql: {done.stderr.strip()}")
    return done.stdout.splitlines()


def sql_objects(url, query):
    """Rows of a query as dictionaries."""
    return [json.loads(line) for line in sql(url, f"SELECT row_to_json(q) FROM ({query}) q")]
