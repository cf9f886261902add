"""The setting of the tests. A house is what the tests of one file share: folder, broker, database.
A scene is one story in it.

Each scene has its own component, topics, consumer group and simulator, so the scenes of a house do
not see each other. A scene remembers what it has asked for; the judge compares that with what has
happened.
"""

import contextlib
import itertools
import os
import random
import time
from collections import Counter

from parts import (Broker, Database, Folder, Simulator, TimeOut, Trouble, Worker, command, free_port, sql,
                   sql_objects, wait_for)
from records import Away, committed_lag, create_topics, produce, shares

CHUNK = 5000  # authorizers in one request to the simulator
LATE_EFFECT_MS = 1000  # the simulator acts at once, so late debts need not wait long
SESSION_MS = 3000  # this long after a kill another worker gets the partitions
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
BINARY = {"ce_specversion": "1.0", "ce_type": "wxtoken.authorization-changed.v1", "ce_id": "1",
          "ce_source": "/e2e", "content-type": "application/json", "traceparent": TRACEPARENT}
STRUCTURED = {"content-type": "application/cloudevents+json; charset=utf-8"}
SCOPES = [3, 1, 2]  # not sorted, because their order must be kept

chance = random.Random(int(os.environ.get("E2E_SEED", "1")))


def size(variable, default):
    """Returns a number that the environment may override."""
    return int(os.environ.get(variable, default))


class House:
    def __init__(self, folder, broker, database):
        self.folder, self.broker, self.database = folder, broker, database
        self.url = None

    def migrate(self, name="wxtoken"):
        """Creates a database with the schema, once. Returns its URL."""
        if not self.url:
            url = self.database.make(name)
            status, out, err = command(self.folder, "migrate", ["migrate"], {"postgres.url": url})
            if status:
                raise Trouble(f"wxtoken migrate ended with {status}\n{out}{err}")
            self.url = url
        return self.url


@contextlib.contextmanager
def house():
    with Folder() as folder, Broker(folder) as broker, Database(folder) as database:
        yield House(folder, broker, database)


class Scene:
    """One story. partitions: how many authorization-changed, refresh-due and token-updated have."""

    def __init__(self, home, name, latency_ms=0, partitions=(4, 4, 4), rotate=False):
        self.house, self.name, self.component, self.group = home, name, f"wxc{name}", f"wxtoken-{name}"
        self.folder = home.folder / f"scene-{name}"
        self.folder.mkdir()
        names = ("authorization-changed", "refresh-due", "token-updated")
        self.changed, self.due, self.updated = (f"{name}.{n}" for n in names)
        self.inputs = {self.changed: partitions[0], self.due: partitions[1]}
        self.updated_partitions = partitions[2]
        self.dead_letters = [self.changed + ".dlq", self.due + ".dlq"]
        self.simulator = Simulator(self.folder, "simulator", latency_ms, rotate)
        self.workers, self.secrets, self.events_sent = [], set(), 0
        self.loaded, self.authorized, self.unauthorized = set(), set(), set()
        self.expected_dead = Counter()  # reason -> dead letters

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            undo.callback(self.__exit__)
            self.set_up()
            undo.pop_all()
        return self

    def set_up(self):
        self.house.migrate()
        create_topics(self.house.broker.address, self.inputs | {self.updated: self.updated_partitions} |
                      {topic: 1 for topic in self.dead_letters})
        self.simulator.start()
        self.add_component(self.component)

    def __exit__(self, *_):
        for worker in self.workers:
            worker.stop()
        self.simulator.stop()

    # The worker.

    def settings(self, **more):
        """Returns a worker's settings. more: further settings, with __ for the dot in a key.

        Each worker calls the simulator by another host name, so that the simulator can tell them
        apart.
        """
        host = f"w{len(self.workers) + 1}.localhost"
        return {
            "component.appid": self.component,
            "kafka.bootstrap.servers": self.house.broker.address,
            "kafka.group.id": self.group,
            "kafka.session.timeout.ms": SESSION_MS,
            "kafka.heartbeat.interval.ms": 500,
            "topics.authorization_changed": self.changed,
            "topics.refresh_due": self.due,
            "topics.token_updated": self.updated,
            "postgres.url": self.house.url,
            "wechat.late_effect_ms": LATE_EFFECT_MS,
            "wechat.base_url": f"http://{host}:{self.simulator.port}",
            "admin.listen": f"127.0.0.1:{free_port()}",
        } | {key.replace("__", "."): value for key, value in more.items()}

    def start_worker(self, by="file", **more):
        worker = Worker(self.folder, f"worker{len(self.workers) + 1}", self.settings(**more), by)
        self.workers.append(worker)
        return worker.start()

    def wait_for_members(self, count):
        """Waits until the group has `count` members and each has a partition."""
        def is_shared():
            with contextlib.suppress(Away):
                given = shares(self.house.broker.address, self.group)
                return len(given) == count and all(given)

        try:
            wait_for(is_shared, 60, f"{count} workers to share the partitions")
        except TimeOut as e:
            raise Trouble(f"{e}\n{self.worker_tails()}") from e

    def end_workers(self):
        """Ends all workers in good order, each with status 0. After this no job can change a row."""
        for worker in self.workers:
            if worker.alive() and (status := worker.terminate()):
                raise Trouble(f"{worker.name} ended with {status}\n{worker.tail()}")

    def worker_tails(self):
        return "\n".join(f"     {w.name}, the end of its log:\n{w.tail()}" for w in self.workers[-2:])

    # What the worker is asked to do.

    def key(self, appid, component=None):
        return f"{component or self.component}/{appid}"

    def add_component(self, component):
        made = self.simulator.tell("component", component_appid=component)
        self.secrets.add(made["component_access_token"])
        sql(self.house.url, "COPY wxtoken.component (component_appid, component_access_token) FROM STDIN",
            [(component, made["component_access_token"])])

    def load(self, prefix, count, component=None):
        """Inserts authorizers as another program does, with the columns of the contract alone.

        The judge does not look at authorizers of another component.
        """
        made, owner = [], component or self.component
        for first in range(0, count, CHUNK):
            part = prefix if count <= CHUNK else f"{prefix}{first // CHUNK}x"
            made += self.simulator.tell("authorizers", component_appid=owner, prefix=part,
                                        count=min(CHUNK, count - first))["authorizers"]
        rows = [(owner, a["authorizer_appid"], a["authorizer_refresh_token"]) for a in made]
        sql(self.house.url, "COPY wxtoken.authorizer (component_appid, authorizer_appid, "
            "authorizer_refresh_token) FROM STDIN", rows)
        self.secrets.update(row[2] for row in rows)
        appids = [row[1] for row in rows]
        self.loaded.update(appids if owner == self.component else [])
        return appids

    def refresh_due(self, appids, keyed=True, component=None):
        """Sends one refresh-due for each authorizer, as plain JSON.

        Without keys the refreshes of one authorizer are spread over the partitions.
        """
        owner = component or self.component
        self.send(self.due, [
            (self.key(appid, owner) if keyed else None, {"component_appid": owner, "authorizer_appid": appid})
            for appid in appids])

    def authorize(self, appids, info_type="authorized", redirect_every=0):
        """Merchants authorise: sends a push for each, and for some also the redirect, which has
        only the code."""
        made = self.simulator.tell("authorize", component_appid=self.component, authorizer_appids=appids,
                                   func_scopes=SCOPES)["authorizations"]
        self.secrets.update(a["authorization_code"] for a in made)
        self.authorized.update(appids)
        records = []
        for count, a in enumerate(made, 1):
            push = {"component_appid": self.component, "info_type": info_type} | {
                k: a[k] for k in ("authorizer_appid", "authorization_code", "authorization_code_expired_time",
                                  "create_time")}
            records.append((self.key(a["authorizer_appid"]), push))
            if redirect_every and count % redirect_every == 0:
                records.append((None, {"info_type": info_type, "authorization_code": a["authorization_code"]}))
        self.send(self.changed, records, BINARY)

    def authorize_by_redirect(self, appid):
        """Sends the redirect alone. Returns the push that belongs to it, as a record to be sent."""
        made, = self.simulator.tell("authorize", component_appid=self.component, authorizer_appids=[appid],
                                    func_scopes=SCOPES)["authorizations"]
        self.authorized.add(appid)
        redirect = {"info_type": "authorized", "authorization_code": made["authorization_code"]}
        self.send(self.changed, [(None, redirect)], BINARY)
        return self.key(appid), made | {"info_type": "authorized"}

    def authorize_too_late(self, appid):
        """Sends a push whose code has already expired at WeChat."""
        made, = self.simulator.tell("authorize", component_appid=self.component, authorizer_appids=[appid],
                                    code_ttl_s=1)["authorizations"]
        self.simulator.tell("clock", advance="2s")
        self.send(self.changed, [(self.key(appid), made | {"info_type": "authorized"})], BINARY)

    def unauthorize(self, appids):
        at = self.simulator.tell("unauthorize", component_appid=self.component,
                                 authorizer_appids=appids)["create_time"]
        self.unauthorized.update(appids)
        records = []
        for appid in appids:
            data = {"authorizer_appid": appid, "info_type": "unauthorized", "create_time": str(at)}
            records.append((self.key(appid), {
                "specversion": "1.0", "type": BINARY["ce_type"], "id": appid, "source": "/e2e",
                "datacontenttype": "application/json", "data": data | {"component_appid": self.component}}))
        self.send(self.changed, records, STRUCTURED)

    def make_topic(self, name, instead_of):
        """Creates a topic late. From now on the scene uses it instead of one of its inputs."""
        partitions = self.inputs.pop(instead_of)
        self.inputs[name] = partitions
        create_topics(self.house.broker.address, {name: partitions, name + ".dlq": 1})
        self.dead_letters.append(name + ".dlq")
        if instead_of == self.due:
            self.due = name
        else:
            self.changed = name

    def send(self, topic, records, headers=None):
        produce(self.house.broker.address, topic, records, headers)
        self.events_sent += len(records)

    def refuse_refreshes(self, per_day=0):
        """Sets the day's quota of refreshes to `per_day`; after that WeChat answers 45009."""
        self.simulator.tell("quota", component_appid=self.component, call="api_authorizer_token", per_day=per_day)

    def return_quota(self):
        self.simulator.tell("quota", component_appid=self.component, call="api_authorizer_token", per_day=None)

    def make_parked_due(self, longer_than_s=0):
        """Makes records due now that are parked for longer than this, as if time had passed.

        A lease ends by itself, here after 10 s.
        """
        sql(self.house.url, f"UPDATE wxtoken.parked SET due_at = now() WHERE {self.its_parked()} "
            f"AND due_at > now() + interval '{longer_than_s} seconds'")

    # What has come of it.

    def its_parked(self):
        return "topic IN ({})".format(", ".join(f"'{topic}'" for topic in self.inputs))

    def parked(self):
        """Returns the rows of wxtoken.parked for this scene's topics."""
        return sql_objects(self.house.url, "SELECT topic, partition, record_offset, authorizer_appid, owes, tries, "
                           "reason, revision, due_at > now() AS has_time "
                           f"FROM wxtoken.parked WHERE {self.its_parked()}")

    def wait_parked(self, count, seconds=60):
        """Waits until exactly `count` records are parked."""
        try:
            wait_for(lambda: len(self.parked()) == count, seconds, f"{count} records to be parked", pause=0.2)
        except TimeOut as e:
            raise Trouble(f"{e}, there are {len(self.parked())}: {self.parked()[:3]}\n{self.worker_tails()}") from e

    def lag(self):
        """Returns the lag, or None while the broker cannot tell."""
        try:
            return committed_lag(self.house.broker.address, self.group, self.inputs)
        except Away:
            return None

    def expect_a_worker(self):
        """Fails if no worker runs any more: there is nothing to wait for."""
        if self.workers and not any(worker.alive() for worker in self.workers):
            status = self.workers[-1].popen.returncode
            raise Trouble(f"no worker runs any more, the last ended with {status}\n{self.worker_tails()}")

    def wait_done(self, seconds=120):
        """Waits until every record is committed. Returns how long that took, in seconds."""
        began = time.monotonic()

        def is_done():
            self.expect_a_worker()
            return self.lag() == 0

        try:
            wait_for(is_done, seconds, "every record to be committed", pause=0.1)
        except TimeOut as e:
            raise Trouble(f"{e}, lag {self.lag()}\n{self.worker_tails()}") from e
        return time.monotonic() - began

    def reaches(self, calls, seconds=60):
        """Waits until WeChat has had `calls` calls. Returns false if all records were done first."""
        turns = itertools.count(1)

        def is_decided():
            if self.simulator.calls() >= calls:
                return "reached"
            if next(turns) % 16 == 0:
                self.expect_a_worker()
                return "done" if self.lag() == 0 else ""
            return ""

        try:
            return wait_for(is_decided, seconds, f"WeChat to have {calls} calls", pause=0.004) == "reached"
        except TimeOut as e:
            raise Trouble(f"{e}, it has {self.simulator.calls()}\n{self.worker_tails()}") from e

    def rows(self, component=None):
        """Returns authorizer_appid -> its row."""
        found = sql_objects(self.house.url, "SELECT authorizer_appid, status, authorizer_access_token, "
                            "authorizer_refresh_token, extract(epoch FROM expires_at) AS expires_at, "
                            "refresh_due_at, func_scopes, version, extract(epoch FROM updated_at) AS updated_at "
                            f"FROM wxtoken.authorizer WHERE component_appid = '{component or self.component}'")
        return {row["authorizer_appid"]: row for row in found}
