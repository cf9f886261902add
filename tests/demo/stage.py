"""The stage of the demo: a scene of the e2e tests, with librdkafka's mock cluster as its broker."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))

# pylint: disable=wrong-import-position
from parts import Process, program, sql
from records import consume_all
from scene import Scene

CHANGED, DUE, UPDATED = "authorization-changed", "refresh-due", "token-updated"
PARTITIONS = 4


class MockBroker(Process):
    """librdkafka's mock cluster. Its topics are named at its start: it has no admin calls."""

    def __init__(self, folder):
        topics = {CHANGED: PARTITIONS, DUE: PARTITIONS, UPDATED: PARTITIONS, CHANGED + ".dlq": 1, DUE + ".dlq": 1}
        words = [w for name, count in topics.items() for w in ("--topic", f"{name}:{count}")]
        super().__init__(folder, "broker", [program("MOCK_BROKER", "mock-broker")] + words)
        self.address = None

    def start(self):
        super().start()
        self.address = self.ready(20).removeprefix("listening on ")
        return self


class Stage(Scene):
    """A scene whose topics have the contract's names, with one component and one worker."""

    def __init__(self, home, latency_ms):
        super().__init__(home, "demo", latency_ms)
        self.component, self.group = "wxdemo", "wxtoken"
        self.changed, self.due, self.updated = CHANGED, DUE, UPDATED
        self.inputs = {CHANGED: PARTITIONS, DUE: PARTITIONS}
        self.dead_letters = [CHANGED + ".dlq", DUE + ".dlq"]

    def set_up(self):
        self.house.migrate()
        self.simulator.start()
        made = self.simulator.tell("component", component_appid=self.component)
        sql(self.house.url, "COPY wxtoken.component (component_appid, component_access_token) FROM STDIN",
            [(self.component, made["component_access_token"])])

    def announced(self):
        """Returns every id on token-updated, once each, however often it was announced."""
        return {record["headers"]["ce_id"] for record in consume_all(self.house.broker.address, self.updated)}

    def dead(self):
        """Returns the reasons of all dead letters."""
        records = [r for topic in self.dead_letters for r in consume_all(self.house.broker.address, topic)]
        return [record["headers"]["wxtoken-dlq-reason"] for record in records]
