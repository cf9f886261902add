"""Proves by the symbol tables that the deciding rooms are pure: check.py --base LIBBASE LIBRARY...

Every symbol that the libraries (engine, handlers) need must be their own, one of base's, or one of
a short list of functions that cannot wait, allocate, log, lock or tell the time. The members of
base that are reached from there must keep to the same list, plus formatting into a buffer. None of
them may have data that changes. Exits with 1 and names whatever breaks this.
"""

import argparse
import fnmatch
import subprocess
import sys

ALLOWED = ["memcpy", "memcmp", "memset", "memmove", "memchr", "strlen", "__assert_fail"]
# What compilers add: checked copies, stack protection, the sanitizers, position-independent code.
COMPILER = ["__memcpy_chk", "__memset_chk", "__memmove_chk", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_",
            "__asan_*", "__ubsan_*"]
# base's err and text format sentences: they write into memory that their caller gives them.
FORMATTING = ["snprintf", "vsnprintf", "__snprintf_chk", "__vsnprintf_chk"]


class Member:
    """An object file of an archive: the symbols that it defines or needs, and its mutable data."""

    def __init__(self, name):
        self.name, self.defined, self.needed, self.changing = name, set(), set(), set()

    def add(self, symbol, kind, section):
        if kind == "U":
            self.needed.add(symbol)
        elif kind.isupper() or kind in "wv":
            self.defined.add(symbol)
        if kind in "dDbBcC" and not section.startswith(".data.rel.ro") and not symbol.startswith("__odr_asan"):
            self.changing.add(symbol)


def members(archive):
    """Returns the members of an archive from nm's table, whose columns are name, value, class,
    type, size, line and section."""
    table = subprocess.run(["nm", "--format=sysv", archive], capture_output=True, text=True, check=True).stdout
    found = []
    for line in table.splitlines():
        fields = [f.strip() for f in line.split("|")]
        if len(fields) == 7 and fields[0] != "Name":
            found[-1].add(fields[0], fields[2], fields[6])
        elif line.startswith(("Symbols from ", "Undefined symbols from ")):
            found.append(Member(line.split("[")[-1].rstrip("]:")))
    return found


def allowed(symbol, patterns):
    return any(fnmatch.fnmatchcase(symbol, p) for p in patterns)


def reached(start, base):
    """Returns the members of base that the members of `start` need, directly or indirectly."""
    home = {symbol: member for member in base for symbol in member.defined}
    found, waiting = {}, list(start)
    while waiting:
        for symbol in waiting.pop().needed:
            member = home.get(symbol)
            if member and member.name not in found:
                found[member.name] = member
                waiting.append(member)
    return list(found.values())


def complaints(judged, known, patterns):
    for member in judged:
        for symbol in sorted(member.needed - known):
            if not allowed(symbol, patterns):
                yield f"{member.name} needs {symbol}"
        for symbol in sorted(member.changing):
            yield f"{member.name} has data that changes: {symbol}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True)
    parser.add_argument("libraries", nargs="+")
    args = parser.parse_args()

    pure = [m for library in args.libraries for m in members(library)]
    base = members(args.base)
    known = {symbol for member in pure + base for symbol in member.defined}
    helpers = reached(pure, base)

    wrongs = list(complaints(pure, known, ALLOWED + COMPILER))
    wrongs += complaints(helpers, known, ALLOWED + COMPILER + FORMATTING)
    outside = sorted(s for s in {s for m in pure for s in m.needed} - known if not allowed(s, COMPILER))
    print(f"{len(pure)} files, and {len(helpers)} of base; from outside they need: {' '.join(outside)}")
    print("".join(f"{w}\n" for w in wrongs), end="")
    return 1 if wrongs or not pure else 0


if __name__ == "__main__":
    sys.exit(main())
