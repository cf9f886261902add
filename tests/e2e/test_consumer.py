#!/usr/bin/python3 -B
"""What other programs do according to proto/: read tokens, send dead letters again, send records
that are refused.

Runs in Debian's Python: the programs of proto/README.md, which run here exactly as they are printed
there, need Debian's python3-confluent-kafka and python3-psycopg.
"""

import importlib.util
import json
import re
import subprocess
import sys
from collections import Counter

import confluent_kafka
import confluent_kafka.admin
import psycopg

from judge import judge
from parts import ROOT, Process, Trouble, plain_environment, sql, wait_for
from scene import Scene
from sentences import main

sys.path.insert(0, str(ROOT / "tests" / "proto"))

from examples import INPUT_EVENTS, all_examples  # pylint: disable=wrong-import-position

PYTHON = "/usr/bin/python3"
COMPONENT = "wx0123456789abcdef"  # of the examples
READERS = 20  # authorizers that are read about


def program_of_the_readme(folder, name, at):
    """Writes a Python program of proto/README.md, the first being at 0, into a file."""
    programs = re.findall(r"^```python\n(.*?)^```$", (ROOT / "proto" / "README.md").read_text(), re.M | re.S)
    file = folder / f"{name}.py"
    file.write_text(programs[at])
    return file


def records_of(scene, topic):
    """Every record now in a topic, as the client has it."""
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": scene.house.broker.address, "group.id": "looking", "enable.auto.commit": False,
        "enable.partition.eof": True, "auto.offset.reset": "earliest", "broker.address.family": "v4"})
    partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
    consumer.assign([confluent_kafka.TopicPartition(topic, p, confluent_kafka.OFFSET_BEGINNING) for p in partitions])
    found, ends = [], 0
    while ends < len(partitions):
        record = consumer.poll(30)
        if record is None:
            raise Trouble(f"{topic} was not read to its end within 30 s")
        if not record.error():
            found.append(record)
        elif record.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:  # pylint: disable=protected-access
            ends += 1
    consumer.close()
    return found


def producer_for(scene):
    return confluent_kafka.Producer({"bootstrap.servers": scene.house.broker.address, "partitioner": "murmur2_random",
                                     "broker.address.family": "v4"})


# the reader

def announcements_of(scene):
    return [r for r in records_of(scene, scene.updated) if dict(r.headers() or []).get("ce_type", b"").endswith(b".v1")]


def announce_again(scene):
    """Every announcement once more, and things on its topic that are none."""
    producer = producer_for(scene)
    for record in announcements_of(scene):
        producer.produce(scene.updated, record.value(), record.key(), headers=record.headers())
        other = [(k, b"wxtoken.token-updated.v2" if k == "ce_type" else v) for k, v in record.headers()]
        newer = record.value().replace(b'"version":1', b'"version":99')
        producer.produce(scene.updated, newer, record.key(), headers=other)
        producer.produce(scene.updated, b"no event", record.key())
    if producer.flush(30):
        raise Trouble("not all was sent again")


def lines_of(reader):
    return [line.split() for line in reader.out.read_text().splitlines()]


def expect_lines(reader, count):
    def has_them():
        if not reader.alive():
            raise Trouble(f"the reader ended\n{reader.tail()}")
        return len(lines_of(reader)) >= count
    wait_for(has_them, 60, f"the reader to have {count} lines")


def expect_tokens(scene, file):
    """Its read_row() finds what WeChat issued last."""
    spec = importlib.util.spec_from_file_location("reader", file)
    reader = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reader)
    issued = {t["authorizer_appid"]: t["authorizer_access_token"] for t in scene.simulator.tokens()}
    events = [json.loads(record.value()) for record in announcements_of(scene)]
    with psycopg.connect(scene.house.url, autocommit=True) as database:
        for event in events:
            appid = event["authorizer_appid"]
            if reader.read_row(database, event)[1] != issued[appid]:
                raise Trouble(f"the token of {appid} is not the one that WeChat issued last")
        if reader.read_row(database, events[0] | {"version": 100}):
            raise Trouble("a row is taken for a version that it has not reached")


def the_reader_of_the_readme_uses_each_version_once_and_finds_its_token(home):
    scene = Scene(home, "reader")
    scene.updated = "token-updated"
    with scene:
        appids = scene.load("wxreader", READERS)
        file = program_of_the_readme(scene.folder, "reader", 0)
        environment = plain_environment({"KAFKA": home.broker.address, "DATABASE": home.url})
        scene.start_worker()
        with Process(scene.folder, "reader", [PYTHON, file], environment, death="KILL") as reader:
            for version in (1, 2):
                scene.refresh_due(appids)
                scene.wait_done()
                expect_lines(reader, READERS * version)
                announce_again(scene)
            scene.refresh_due(appids)  # behind all that was repeated, in each partition
            scene.wait_done()
            expect_lines(reader, READERS * 3)

            wanted = Counter((appid, "authorized", str(version)) for appid in appids for version in (1, 2, 3))
            if (found := Counter(tuple(line[:3]) for line in lines_of(reader))) != wanted:
                raise Trouble(f"not each version once: {found - wanted} too many, {wanted - found} missing")
            expect_tokens(scene, file)


# dead letters

def run_replay(scene, file, reason):
    done = subprocess.run([PYTHON, file, scene.house.broker.address, scene.due + ".dlq", reason], timeout=120,
                          env=plain_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"the replay ended with {done.returncode}\n{done.stderr}")


def the_replay_of_the_readme_sends_the_letters_of_one_reason_again(home):
    with Scene(home, "replay") as scene:
        too_early = [f"wxreplay{n:05}" for n in range(3)]
        scene.refresh_due(too_early)
        scene.send(scene.due, [(None, {"authorizer_appid": 7})])
        scene.expected_dead.update({"unknown-authorizer": 3, "invalid-event": 1})
        scene.start_worker()
        scene.wait_done()
        file = program_of_the_readme(scene.folder, "replay", 1)

        if scene.load("wxreplay", 3) != too_early:
            raise Trouble("the simulator has other names")
        run_replay(scene, file, "unknown-authorizer")
        run_replay(scene, file, "unknown-authorizer")  # there is nothing left
        scene.wait_done()

        judge(scene)
        sent = [(r.key(), r.value(), r.headers(), r.timestamp()[1]) for r in records_of(scene, scene.due)]
        again = [record for record, count in Counter(map(repr, sent)).items() if count == 2]
        if len(sent) != 3 + 1 + 3 or len(again) != 3:
            raise Trouble(f"{len(sent)} records, {len(again)} of them twice and the same")
        if {row["version"] for row in scene.rows().values()} != {1}:
            raise Trouble("not every refresh that was sent again was done")


# the bad examples

def keep_old_records(scene):
    """The examples are old: the broker is not to tidy them away."""
    admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": scene.house.broker.address,
                                               "broker.address.family": "v4"})
    kept = [confluent_kafka.admin.ConfigResource(confluent_kafka.admin.RESOURCE_TOPIC, topic,
                                                 set_config={"retention.ms": "-1"})
            for topic in (scene.changed, scene.due)]
    for done in admin.alter_configs(kept).values():
        done.result(30)


def send_examples(scene, chosen):
    """Each with a header more, its name."""
    topics = dict(zip(INPUT_EVENTS, (scene.changed, scene.due)))
    producer = producer_for(scene)
    for example in chosen:
        producer.produce(topics[example.file["topic"]], example.value(), example.file["key"],
                         headers=example.headers() + [("example", str(example))], timestamp=example.file["timestamp"])
    if producer.flush(30):
        raise Trouble("not all examples were sent")


def what_is_wrong_with(letter, example):
    headers = letter.headers()
    reason = dict(headers)["wxtoken-dlq-reason"].decode()
    own = [(k, v) for k, v in headers if not k.startswith("wxtoken-dlq-") and k != "example"]
    sent = [(k, v.encode() if v is not None else None) for k, v in example.headers()]
    key = example.file["key"].encode() if example.file["key"] is not None else None
    if not example.name.startswith(f"bad-{reason}"):
        return f"{example}: refused as {reason}: {dict(headers)['wxtoken-dlq-message'].decode()}"
    if (letter.key(), letter.value(), own) != (key, example.value(), sent):
        return f"{example}: its dead letter is not as it was sent"
    return None


def every_bad_example_is_refused_with_the_reason_in_its_name(home):
    bad = {str(e): e for e in all_examples() if not e.is_good and e.file["timestamp"] is not None}
    with Scene(home, "bad") as scene:
        made = scene.simulator.tell("component", component_appid=COMPONENT)
        sql(home.url, "COPY wxtoken.component (component_appid, component_access_token) FROM STDIN",
            [(COMPONENT, made["component_access_token"])])
        keep_old_records(scene)
        send_examples(scene, bad.values())

        scene.start_worker(component__appid="")
        scene.wait_done()

        letters = [letter for topic in scene.dead_letters for letter in records_of(scene, topic)]
        names = [dict(letter.headers())["example"].decode() for letter in letters]
        if sorted(names) != sorted(bad):
            raise Trouble(f"taken: {sorted(bad.keys() - set(names))}, {len(names)} dead letters")
        complaints = [what_is_wrong_with(letter, bad[name]) for letter, name in zip(letters, names)]
        if any(complaints):
            raise Trouble("\n".join(filter(None, complaints)))
        return f"{len(letters)} examples"


if __name__ == "__main__":
    main(the_reader_of_the_readme_uses_each_version_once_and_finds_its_token,
         the_replay_of_the_readme_sends_the_letters_of_one_reason_again,
         every_bad_example_is_refused_with_the_reason_in_its_name)
