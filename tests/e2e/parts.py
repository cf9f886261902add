"""The parts that an end-to-end test starts and stops: broker, database, simulator, worker.

Each part is a context manager around one process. A part ends when its block ends, however that
happens. If the test itself is killed, the kernel ends the part. Every wait has a deadline.
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
    """Something that the test depends on did not happen, or something that it found is wrong."""


class TimeOut(Trouble):
    """A deadline has passed."""


def wait_for(question, seconds, what, pause=0.05):
    """Asks until the answer is true, and returns it. E2E_PATIENCE extends the deadline."""
    deadline = time.monotonic() + seconds * SLOW
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise TimeOut(f"{what}: not within {seconds * SLOW:g} s")
        time.sleep(pause)
    return answer


def program(variable, name):
    """Returns the path of a built program: from the environment, else from a preset's folder."""
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
    """Returns our environment without the variables that would configure a worker or libpq."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WXTOKEN_", "PG"))}
    return kept | (extra or {})


class Folder:
    """The temporary folder of a test file; removed at the end unless E2E_KEEP is set."""

    def __enter__(self):
        self.path = Path(tempfile.mkdtemp(prefix="wxtoken-e2e-"))
        self.path.chmod(0o755)  # PostgreSQL works below it as another user
        return self.path

    def __exit__(self, *_):
        if os.environ.get("E2E_KEEP"):
            print(f"     kept {self.path}", flush=True)
            return
        shutil.rmtree(self.path, ignore_errors=True)


class Process:
    """A program that writes to files in a folder: NAME.out, and NAME.log for standard error."""

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
        """Returns the line in which a program says that it is ready; stops it if none comes."""
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
        """Waits for the end and returns the exit status; a signal is negative, as in subprocess."""
        wait_for(lambda: not self.alive(), seconds, f"{self.name} to end", pause=0.02)
        return self.popen.returncode

    def terminate(self, seconds=30):
        self.send(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self):
        self.send(signal.SIGKILL)
        self.popen.wait()

    def stop(self):
        """Ends the program in any case: first by SIGTERM, then by SIGKILL.

        SIGCONT comes first because the program may be frozen.
        """
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
    """A real Kafka broker. stop() and start() restart it with the same port and records."""

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
    """A private PostgreSQL server. stop() and start() restart it with the same port and rows."""

    def __init__(self, folder):
        self.port, data = free_port(), folder / "postgres"
        data.mkdir(exist_ok=True)  # the script removes only a folder that it has made
        super().__init__(folder, "database", [
            SUPPORT / "private_postgres", "--no-fsync", "--keep", "--port", self.port, data])
        self.url = None

    def start(self):
        super().start()
        self.url = self.ready(60)
        return self

    def named(self, name):
        """Returns the URL of another database of this server."""
        return self.url.rsplit("/", 1)[0] + "/" + name

    def make(self, name):
        """Creates an empty database and returns its URL."""
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
        """Returns the number of calls to WeChat so far, of all kinds."""
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
        """Returns how often the log has these words."""
        return self.log.read_text(errors="replace").count(words)

    def says(self, words, seconds=20):
        """Waits until the log has these words."""
        wait_for(lambda: self.lines(words), seconds, f"{self.name} to say \"{words}\"")

    def cpu_seconds(self):
        """Returns the processor time used so far, user and system."""
        fields = Path(f"/proc/{self.popen.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_kilobytes(self):
        status = Path(f"/proc/{self.popen.pid}/status").read_text()
        return int(status.split("VmHWM:", 1)[1].split()[0])


def command_line(folder, name, words, settings, by="file"):
    """Returns argv and environment of a wxtoken command with these settings: key -> value."""
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
    """Runs a wxtoken command to its end and returns exit status, stdout and stderr."""
    argv, environment = command_line(folder, name, words, settings, by)
    try:
        done = subprocess.run(argv, env=environment, capture_output=True, timeout=seconds * SLOW,
                              stdin=subprocess.DEVNULL, text=True, errors="replace", check=False)
    except subprocess.TimeoutExpired as e:
        raise Trouble(f"wxtoken {' '.join(words)} did not end within {seconds * SLOW:g} s") from e
    return done.returncode, done.stdout, done.stderr


def sql(url, statement, rows=None):
    """Runs a statement by psql and returns the output's lines.

    rows: the tuples that a COPY … FROM STDIN reads.
    """
    data = None
    if rows is not None:
        data = "".join("\t".join("\\N" if v is None else str(v) for v in row) + "\n" for row in rows)
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement],
                          input=data, capture_output=True, text=True, check=False, env=plain_environment())
    if done.returncode:
        raise Trouble(f"psql: {done.stderr.strip()}")
    return done.stdout.splitlines()


def sql_objects(url, query):
    """Returns the rows of a query as dictionaries."""
    return [json.loads(line) for line in sql(url, f"SELECT row_to_json(q) FROM ({query}) q")]
