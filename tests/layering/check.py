"""Which room may include what: holds every #include below worker/ against the table of rooms and libraries.

A room is a folder of worker/; the files beside the folders (main, log) are the room "top". Exits 1 and names
each line that breaks a rule.
"""

import fnmatch
import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)

# What the files of a room may include from the project: patterns of paths below worker/.
ROOMS = {
    "base": ["base/*"],
    "model": ["base/*", "model/*"],
    "wire": ["base/*", "model/*", "wire/*"],
    "engine": ["base/*", "model/*", "engine/*", "handlers/handler.h"],
    "handlers": ["base/*", "model/*", "handlers/*"],
    "settings": ["base/*", "model/*", "settings/*", "log.h"],
    "io": ["base/*", "model/*", "io/*", "log.h", "schema_files.def"],
    "loop": ["*"],
    "commands": ["*"],
    "top": ["*"],
}

# Who may include a library's headers: pattern of the header, patterns of files below worker/.
LIBRARIES = {
    "librdkafka/*": ["io/kafka/*.[ch]"],
    "curl/*": ["io/http/*.[ch]"],
    "libpq-fe.h": ["io/postgres/*.[ch]"],
    "libpq/*": ["io/postgres/*.[ch]"],
    "microhttpd.h": ["io/admin.c"],
    "json-c/*": ["wire/*.[ch]"],
    "json.h": [],
    "openssl/*": ["wire/*.c"],
    "ini.h": ["settings/*.c"],
}

# A room that decides can neither wait, nor log, nor tell the time: of the C library it sees only this.
PURE_ROOMS = {"engine", "handlers"}
PURE_HEADERS = {"assert.h", "inttypes.h", "limits.h", "stdbool.h", "stddef.h", "stdint.h", "string.h"}


def matches(path, patterns):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def room_of(path):
    return path.split("/")[0] if "/" in path else "top"


def own_wrong(file, included):
    """What is wrong with a file's including one of ours, or None."""
    room = room_of(file)
    if room not in ROOMS:
        return f"room {room} is not in the table of {Path(__file__).name}"
    if matches(included, ["loop/*"]) and not matches(file, ["loop/*", "main.c", "commands/*"]):
        return "only the program itself includes loop"
    if not matches(included, ROOMS[room]):
        return f"room {room} may not include it"
    return None


def system_wrong(file, included):
    """What is wrong with a file's including a header of the system, or None."""
    for pattern, allowed in LIBRARIES.items():
        if matches(included, [pattern]) and not matches(file, allowed):
            return "only " + (" ".join(allowed) or "nobody") + " may include it"
    if room_of(file) in PURE_ROOMS and included not in PURE_HEADERS:
        return "a pure room may not include it"
    return None


def check(root):
    """Yields a sentence for each include that breaks a rule, and counts the files read in check.files."""
    check.files = 0
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".c", ".h", ".def")):
        check.files += 1
        file, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            own, system = match.groups()
            wrong = own_wrong(file, own) if own else system_wrong(file, system)
            if wrong:
                line = text.count("\n", 0, match.start(0)) + 1
                yield f'worker/{file}:{line}: includes {own or system}: {wrong}'


def main():
    root = Path(__file__).resolve().parent.parent.parent / "worker"
    wrongs = list(check(root))
    print("\n".join(wrongs) if wrongs else f"{check.files} files keep to their rooms")
    return 1 if wrongs or not check.files else 0


if __name__ == "__main__":
    sys.exit(main())
