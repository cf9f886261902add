"""Records in and out of Kafka: records by kcat in bulk, topics and offsets by the protocol itself.

The broker's own command-line tools create one topic per run and start a Java machine for each. A
few small requests of the protocol (in their last versions without tagged fields) cost nothing, so a
test can even poll the lag.
"""

import json
import socket
import struct
import subprocess

from parts import Trouble, plain_environment

# (API key, version)
LIST_OFFSETS, OFFSET_COMMIT, OFFSET_FETCH, DESCRIBE_GROUPS, CREATE_TOPICS = (2, 1), (8, 2), (9, 3), (15, 0), (19, 2)
LATEST = -1
NOT_YET = {3, 5, 6, 14, 15, 16}  # no topic, leader or coordinator: a broker that is still starting


class Away(Trouble):
    """The broker cannot tell now; ask again."""


def refuse(code, what):
    if code:
        raise (Away if code in NOT_YET else Trouble)(f"{what}: Kafka's error {code}")


def text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


class Answer:
    """A cursor over the bytes of a response."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, form):
        value, = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return value

    def text(self):
        length = self.number("h")
        if length < 0:
            return None
        self.at += length
        return self.data[self.at - length:self.at].decode()

    def bytes(self):
        length = self.number("i")
        self.at += length
        return self.data[self.at - length:self.at]

    def array(self, item):
        return [item() for _ in range(self.number("i"))]


def receive(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise Away("the broker closed the connection")
        data += piece
    return data


def request(address, api, body):
    """Sends one request on its own connection and returns the answer."""
    host, port = address.rsplit(":", 1)
    head = struct.pack(">hhi", api[0], api[1], 1) + text("e2e")
    try:
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
            size, = struct.unpack(">i", receive(connection, 4))
            answer = Answer(receive(connection, size))
    except OSError as e:
        raise Away(f"broker {address}: {e}") from e
    answer.number("i")  # the correlation id
    return answer


def create_topics(address, topics):
    """Creates topics: name -> partitions."""
    wanted = [text(name) + struct.pack(">ih", count, 1) + array([]) + array([])
              for name, count in topics.items()]
    answer = request(address, CREATE_TOPICS, array(wanted) + struct.pack(">i?", 30000, False))
    answer.number("i")  # throttled for, in ms
    results = answer.array(lambda: (answer.text(), answer.number("h"), answer.text()))
    for name, code, message in results:
        refuse(code, f"could not create topic {name}: {message}")


def end_offsets(address, topics):
    """Returns (topic, partition) -> the offset after the last record."""
    wanted = [text(name) + array([struct.pack(">iq", p, LATEST) for p in range(count)])
              for name, count in topics.items()]
    answer = request(address, LIST_OFFSETS, struct.pack(">i", -1) + array(wanted))
    found = {}

    def partition():
        at, code, _, offset = (answer.number(form) for form in "ihqq")
        refuse(code, "no end offset")
        return at, offset

    def topic():
        name = answer.text()
        found.update({(name, at): offset for at, offset in answer.array(partition)})

    answer.array(topic)
    return found


def committed_offsets(address, group, topics):
    """Returns (topic, partition) -> the group's committed offset, -1 if it has none."""
    wanted = [text(name) + array([struct.pack(">i", p) for p in range(count)])
              for name, count in topics.items()]
    answer = request(address, OFFSET_FETCH, text(group) + array(wanted))
    answer.number("i")  # throttled for, in ms
    found = {}

    def partition():
        at, offset = answer.number("i"), answer.number("q")
        answer.text()  # metadata
        return at, offset, answer.number("h")

    def topic():
        name = answer.text()
        for at, offset, code in answer.array(partition):
            refuse(code, "no committed offset")
            found[name, at] = offset

    answer.array(topic)
    refuse(answer.number("h"), "no committed offsets")
    return found


def reset_offsets(address, group, offsets):
    """Commits offsets, (topic, partition) -> offset, for a group without members."""
    wanted = [text(topic) + array([struct.pack(">iq", partition, offset) + text("")])
              for (topic, partition), offset in offsets.items()]
    body = text(group) + struct.pack(">i", -1) + text("") + struct.pack(">q", -1) + array(wanted)
    answer = request(address, OFFSET_COMMIT, body)

    def topic():
        answer.text()
        for _, code in answer.array(lambda: (answer.number("i"), answer.number("h"))):
            refuse(code, "could not reset an offset")

    answer.array(topic)


def committed_lag(address, group, topics):
    """Returns how many records of these topics (name -> partitions) the group has not committed."""
    committed = committed_offsets(address, group, topics)
    ends = end_offsets(address, topics)
    return sum(end - max(committed.get(place, 0), 0) for place, end in ends.items())


def shares(address, group):
    """Returns how many partitions each member of a group has; empty while the group rebalances."""
    answer = request(address, DESCRIBE_GROUPS, array([text(group)]))
    answer.number("i")  # one group
    refuse(answer.number("h"), f"group {group}")
    answer.text()
    state = answer.text()
    answer.text(), answer.text()  # kind of protocol, assignor

    def member():
        answer.text(), answer.text(), answer.text()  # member id, client id, host
        answer.bytes()  # its subscription
        given = Answer(answer.bytes())
        if not given.data:
            return 0
        given.number("h")  # version
        return sum(given.array(lambda: given.text() and len(given.array(lambda: given.number("i")))))

    members = answer.array(member)
    return members if state == "Stable" else []


def kcat(address, words, data=None):
    argv = ["kcat", "-b", address, "-q", "-X", "broker.address.family=v4"] + words
    done = subprocess.run(argv, input=data, capture_output=True, check=False, env=plain_environment())
    if done.returncode:
        raise Trouble(f"kcat: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def produce(address, topic, records, headers=None):
    """Writes records as (key, value). The key may be None; the value is an object for JSON, or
    bytes of one line."""
    lines = []
    for key, value in records:
        data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
        lines.append((key or "").encode() + b"\t" + data + b"\n")
    words = ["-P", "-t", topic, "-K", "\t", "-X", "topic.partitioner=murmur2_random", "-X",
             "sticky.partitioning.linger.ms=0", "-Z"]
    words += [w for name, value in (headers or {}).items() for w in ("-H", f"{name}={value}")]
    if lines:
        kcat(address, words, b"".join(lines))


def consume_all(address, topic):
    """Returns all records now in a topic, in the order of offsets within each partition."""
    # With a short wait the broker reports the end of a partition at once.
    words = ["-C", "-t", topic, "-o", "beginning", "-e", "-J", "-X", "fetch.wait.max.ms=5"]
    lines = kcat(address, words).splitlines()
    records = []
    for line in lines:
        record = json.loads(line)
        flat = record.get("headers") or []
        record["headers"] = dict(zip(flat[::2], flat[1::2]))
        records.append(record)
    return records


def murmur2(data):
    """The hash by which Java's producer chooses a partition."""
    multiplier, full = 0x5BD1E995, 0xFFFFFFFF
    h = 0x9747B28C ^ len(data)
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at:at + 4], "little") * multiplier & full
        k = (k ^ k >> 24) * multiplier & full
        h = (h * multiplier & full) ^ k
    if len(data) > whole:
        h = (h ^ int.from_bytes(data[whole:], "little")) * multiplier & full
    h = (h ^ h >> 13) * multiplier & full
    return h ^ h >> 15


def java_partition(key, partitions):
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions
