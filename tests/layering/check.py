"""Checks which room includes what, and that no files depend on one another in a circle.

Every #include below worker/ must be allowed by the tables of rooms and libraries. Between files
there is one rule: if a file includes another or calls its functions, no path leads back from the
other. Exits with 1 and names each line and each circle that breaks this. `--table` prints the table
of rooms, for docs/ARCHITECTURE.md.
"""

import fnmatch
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# A room is a folder of worker/: what it is, and which of our files its files may include, besides
# those of their own room. "top" is main.c and log.[ch], which are in no folder.
ROOMS = {
    "base": ("views, bounded text, errors, lists, pool, heap, table, arena", []),
    "model": ("the plain structs that rooms hand to one another; `inputs.def`: a kind of event is one row", ["base/*"]),
    "wire": ("bytes to structs and back; the only room with json-c", ["base/*", "model/*"]),
    "handlers": ("what each kind of event means: given what has come back, the next step; pure", ["base/*", "model/*"]),
    "engine": ("jobs, lanes, retries, gates, offsets; carries the steps out; pure", ["base/*", "model/*", "handlers/handler.h"]),
    "settings": ("one table of settings: parsed, checked, printed, documented", ["base/*", "model/*", "log.h"]),
    "io": ("the address for probes, and the clocks", ["base/*"]),
    "io/kafka": ("Kafka, by librdkafka; no decisions", ["base/*", "model/*", "io/clock.h"]),
    "io/http": ("HTTP, by libcurl; no decisions", ["base/*", "io/clock.h"]),
    "io/postgres": ("PostgreSQL, by libpq, one file a statement; no decisions", ["base/*", "model/*", "schema_files.def"]),
    "loop": ("the only place that waits: takes from the adapters, feeds the engine, hands out what it wants",
             ["base/*", "model/*", "io/*", "wire/*", "engine/*", "settings/*", "log.h"]),
    "commands": ("one file a command", ["base/*", "io/*", "loop/*", "settings/*", "log.h"]),
    "top": ("`main.c`: argument to command; `log.[ch]`: one line for each thing worth knowing",
            ["base/*", "settings/*", "commands/*"]),
}

# Headers that are private to their room, even if others may include the room.
PRIVATE = ["*/internal.h", "io/postgres/batch.h", "io/postgres/session.h", "io/postgres/connection.h", "io/http/easy.h",
           "io/http/shard.h", "io/http/transfer.h", "io/http/watch.h", "engine/steps.h", "engine/parking.h", "engine/admission.h"]

# Who may include a library's headers: the header's pattern, and patterns of files below worker/.
LIBRARIES = {
    "librdkafka/*": ["io/kafka/*"],
    "curl/*": ["io/http/*"],
    "libpq-fe.h": ["io/postgres/*"],
    "libpq/*": ["io/postgres/*"],
    "microhttpd.h": ["io/admin.c"],
    "json-c/*": ["wire/*"],
    "json.h": [],
    "openssl/*": ["wire/*.c"],
}

# The headers of the C library and of Linux that are in use. Any other header is a library's, and
# needs a row above.
SYSTEM_HEADERS = set("""
    assert.h ctype.h endian.h errno.h getopt.h inttypes.h limits.h math.h netdb.h poll.h pthread.h signal.h stdarg.h
    stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h strings.h sysexits.h time.h unistd.h
    sys/epoll.h sys/eventfd.h sys/mman.h sys/prctl.h sys/random.h sys/resource.h sys/signalfd.h sys/socket.h
    sys/timerfd.h""".split())

# The rooms that decide can neither wait, nor log, nor tell the time: they may include only these
# headers of the C library.
PURE_ROOMS = {"engine", "handlers"}
PURE_HEADERS = {"assert.h", "inttypes.h", "limits.h", "stdbool.h", "stddef.h", "stdint.h", "string.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
ATTRIBUTE = re.compile(r"__attribute__\(\((?:[^()]|\([^()]*\))*\)\)\s*")
STRING = re.compile(r'"(?:\\.|[^"\\\n])*"')
# A function with a body: its type begins at the left edge, and its "{" is alone on the next line.
FUNCTION = re.compile(r"^(?!static\b|typedef\b)[A-Za-z_][^;{}=#\n]*?\b(\w+)\([^;{}]*\)\s*\n\{", re.M)


def matches(path, patterns):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def room_of(path):
    return path.rsplit("/", 1)[0] if "/" in path else "top"


def own_wrong(file, included):
    """Returns what is wrong if a file includes one of ours, or None."""
    room = room_of(file)
    if room not in ROOMS:
        return f"room {room} is not in the table of {Path(__file__).name}"
    if room == room_of(included):
        return None
    if matches(included, PRIVATE):
        return "it is private to its room"
    if not matches(included, ROOMS[room][1]):
        return f"room {room} may not include it"
    return None


def system_wrong(file, included):
    """Returns what is wrong if a file includes a system header, or None."""
    rows = [allowed for pattern, allowed in LIBRARIES.items() if matches(included, [pattern])]
    if not rows and included not in SYSTEM_HEADERS:
        return "it has no row in the table of libraries"
    for allowed in rows:
        if not matches(file, allowed):
            return "only " + (" ".join(allowed) or "nobody") + " may include it"
    if room_of(file) in PURE_ROOMS and included not in PURE_HEADERS:
        return "a pure room may not include it"
    return None


def wrong_includes(texts):
    for file, text in texts.items():
        for match in INCLUDE.finditer(text):
            own, system = match.groups()
            wrong = own_wrong(file, own) if own else system_wrong(file, system)
            if wrong:
                line = text.count("\n", 0, match.start(0)) + 1
                yield f"worker/{file}:{line}: includes {own or system}: {wrong}"


def arrows(texts):
    """Returns the files that each file depends on: the headers that it includes and, for a .c file,
    the .c files whose functions it names."""
    bare = {file: ATTRIBUTE.sub("", COMMENT.sub(" ", text)) for file, text in texts.items()}
    home = {name: file for file, text in bare.items() if file.endswith(".c") for name in FUNCTION.findall(text)}
    found = {file: {} for file in texts if not file.endswith(".def")}
    for file, here in found.items():
        for own, _ in INCLUDE.findall(texts[file]):
            if own and not own.endswith(".def"):
                here[own] = f'#include "{own}"'
        for word in set(re.findall(r"\b\w+\b", STRING.sub('""', bare[file]))) if file.endswith(".c") else ():
            if home.get(word, file) != file:
                here[home[word]] = word
    return found


def circle(graph):
    """Returns the files of one circle in their order, or None."""
    state, path = {}, []

    def visit(file):
        state[file] = "on the way"
        path.append(file)
        for other in sorted(graph.get(file, {})):
            if state.get(other) == "on the way":
                return path[path.index(other):]
            if other not in state:
                found = visit(other)
                if found:
                    return found
        path.pop()
        state[file] = "done"
        return None

    for file in sorted(graph):
        if file not in state:
            found = visit(file)
            if found:
                return found
    return None


def circles(texts):
    """Yields a sentence for a circle, if there is one. One at a time is enough: it has to be
    removed before the next is looked for."""
    graph = arrows(texts)
    files = circle(graph)
    if files:
        steps = [f"{a} -> {b} ({graph[a][b]})" for a, b in zip(files, files[1:] + files[:1])]
        yield "files in a circle: " + ", ".join(steps)


def table():
    yield "| room | what it is | may include |"
    yield "|---|---|---|"
    for room, (what, allowed) in ROOMS.items():
        rooms = [pattern.removesuffix("/*") for pattern in allowed]
        name = "beside the folders" if room == "top" else f"`{room}/`"
        yield f"| {name} | {what} | {' '.join(f'`{r}`' for r in rooms) or 'nobody'} |"


def main():
    if sys.argv[1:] == ["--table"]:
        print("\n".join(table()))
        return 0
    worker = ROOT / "worker"
    files = sorted(p for p in worker.rglob("*") if p.suffix in (".c", ".h", ".def"))
    texts = {p.relative_to(worker).as_posix(): p.read_text(encoding="utf-8") for p in files}
    wrongs = [*wrong_includes(texts), *circles(texts)]
    print("\n".join(wrongs) if wrongs else f"{len(texts)} files keep to their rooms, and none go round in a circle")
    return 1 if wrongs or not texts else 0


if __name__ == "__main__":
    sys.exit(main())
