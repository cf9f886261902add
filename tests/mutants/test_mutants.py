#!/usr/bin/env python3
"""Breaks the code on purpose, one mistake at a time, and plays storms until the judge notices.

Each mutant is one recompiled file, linked with the rest of the simulation. A mutant that survives
all its seeds is a hole in the judge, and the test fails. Prints the seed that caught each mutant.
"""
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mutants import MUTANTS

SEEDS = int(os.environ.get("MUTANT_SEEDS", "5000"))
ROOT = Path(__file__).resolve().parents[2]
SOURCES = [*sorted((ROOT / "worker/base").glob("*.c")), *sorted((ROOT / "worker/engine").glob("*.c")),
           *sorted((ROOT / "worker/handlers").glob("*.c")), ROOT / "worker/wire/dead.c",
           *sorted((ROOT / "tests/sim").glob("*.c"))]
CC = [os.environ.get("CC", "cc"), "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-w"]


def compile_one(source: Path, target: Path, *includes: Path) -> Path:
    flags = [f"-I{folder}" for folder in (*includes, ROOT / "worker", ROOT / "tests")]
    subprocess.run([*CC, *flags, "-c", str(source), "-o", str(target)], check=True)
    return target


def compile_all(folder: Path) -> dict:
    with ThreadPoolExecutor(max_workers=2) as pool:
        objects = pool.map(lambda source: compile_one(source, folder / f"{source.parent.name}_{source.stem}.o"), SOURCES)
        return dict(zip(SOURCES, objects))


def mutate(edits: list, folder: Path) -> set:
    """Writes the broken files to the same paths below `folder`. Returns these paths."""
    texts = {}
    for path, old, new in edits:
        text = texts.get(path) or (ROOT / path).read_text()
        if text.count(old) != 1:
            raise SystemExit(f"the mutant does not fit {path}: {text.count(old)} times {old!r}")
        texts[path] = text.replace(old, new)
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return set(texts)


def users_of(changed: set) -> set:
    """Returns the sources to compile again: those that changed, and those that include a changed
    table."""
    users = {source for source in SOURCES if str(source.relative_to(ROOT)) in changed}
    for table in (path.removeprefix("worker/") for path in changed if path.endswith(".def")):
        users |= {source for source in SOURCES if f'"{table}"' in source.read_text()}
    return users


def build(edits: list, objects: dict, folder: Path) -> Path:
    changed = mutate(edits, folder)
    linked = dict(objects)
    for source in users_of(changed):
        broken = folder / source.relative_to(ROOT)
        linked[source] = compile_one(broken if broken.exists() else source, folder / f"{source.stem}.o",
                                     folder / "worker", folder / "tests")
    binary = folder / "sim"
    subprocess.run([CC[0], *map(str, linked.values()), "-o", str(binary)], check=True)
    return binary


def seed_that_catches(binary: Path) -> str:
    """Returns the first seed that breaks a promise or fails an assertion; empty if none does."""
    step = 250
    for start in range(0, SEEDS, step):
        run = subprocess.run([str(binary), "--seeds", str(step), "--from", str(start)], capture_output=True, text=True,
                             check=False, timeout=300)
        judged = next((line for line in run.stdout.splitlines() if line.startswith("seed ")), "")
        if judged:
            return judged
        if run.returncode:
            said = (run.stderr.strip().splitlines() or [f"status {run.returncode}"])[-1]
            return f"seeds from {start}: {said}"
    return ""


def main() -> int:
    survived = 0
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        objects = compile_all(folder)
        for at, (name, edits) in enumerate(MUTANTS.items()):
            if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
                continue
            own = folder / str(at)
            own.mkdir()
            caught = seed_that_catches(build(edits, objects, own))
            survived += not caught
            print(f"{'caught  ' if caught else 'SURVIVED'}  {name}: {caught or f'{SEEDS} seeds'}", flush=True)
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
