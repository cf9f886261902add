"""Runs the fuzzers of a build with the preset "fuzz" one by one, and prints a line for each.

    run.py BUILD [--minutes M] [--only NAME] [--keep]

Each fuzzer starts from corpus/NAME, from the examples of proto/, and from what earlier runs found
worth keeping (BUILD/grown). An input that fails is left in BUILD/found under the fuzzer's name, and
the exit status is 1. --keep then copies those few grown inputs into corpus/NAME that reach
something no kept input reaches, for people to look through and name.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LEN_MAX = 70000  # bytes; more than a record or a reply may have
TIMEOUT_S = 10
CORPUS_FILES_MAX = 40
CORPUS_FILE_BYTES_MAX = 3000
HEADER = f"{'decoder':<12}{'executions':>14}{'per s':>9}{'edges':>14}{'corpus':>9}{'found':>7}"


def is_readable(file):
    """Returns true if a person can look through it."""
    data = file.read_bytes()
    return len(data) <= CORPUS_FILE_BYTES_MAX and all(32 <= byte < 127 or byte in b"\t\n" for byte in data)


class Fuzzer:
    def __init__(self, build, binary):
        self.binary = binary
        self.name = binary.name.removeprefix("fuzz_")
        self.corpus = HERE / "corpus" / self.name
        self.seeds = build / "tests" / "fuzz" / "seeds" / self.name
        self.grown = build / "grown" / self.name
        self.found = build / "found"
        self.log = build / f"{self.name}.log"

    def call(self, *options):
        dictionary = HERE / f"{self.name}.dict"
        if not dictionary.exists():
            dictionary = HERE / ("settings.dict" if self.name == "mask" else "json.dict")
        command = [self.binary, f"-max_len={LEN_MAX}", f"-timeout={TIMEOUT_S}", "-rss_limit_mb=2048",
                   f"-dict={dictionary}", f"-artifact_prefix={self.found}/{self.name}-", *options]
        with self.log.open("wb") as log:
            return subprocess.run(command, stdout=log, stderr=log, check=False).returncode

    def inputs(self):
        return [folder for folder in (self.corpus, self.seeds) if folder.is_dir()]

    def run(self, minutes):
        """Runs until the time is over or something is found."""
        self.grown.mkdir(parents=True, exist_ok=True)
        self.found.mkdir(exist_ok=True)
        return self.call(f"-max_total_time={int(minutes * 60)}", "-print_final_stats=1", self.grown, *self.inputs())

    def line(self):
        log = self.log.read_text(errors="replace")
        counters = re.search(r"\((\d+) inline 8-bit counters\)", log)
        last = re.findall(r"^#(\d+)\s.*?cov: (\d+) ft: \d+ corp: (\d+)/", log, re.M)[-1:] or [("0", "0", "0")]
        average = re.search(r"stat::average_exec_per_sec:\s+(\d+)", log) or re.search(r"exec/s: (\d+)", log)
        runs, edges, inputs = last[0]
        edges = f"{edges}/{counters[1] if counters else '?'}"
        found = len(list(self.found.glob(f"{self.name}-*")))
        return f"{self.name:<12}{int(runs):>14,}{average[1] if average else '?':>9}{edges:>14}{inputs:>9}{found:>7}"

    def keep(self):
        """Adds inputs to the corpus, as grown-HASH, that reach a line no kept input reaches and
        that a person can read."""
        least = self.grown.with_name(self.name + ".least")
        shutil.rmtree(least, ignore_errors=True)
        for folder in self.inputs():
            shutil.copytree(folder, least, dirs_exist_ok=True)
        known = {file.name for file in least.iterdir()}
        self.call("-set_cover_merge=1", "-use_counters=0", least, self.grown)
        new = sorted((file for file in least.iterdir() if file.name not in known), key=lambda file: file.stat().st_size)
        room = max(0, CORPUS_FILES_MAX - len(list(self.corpus.iterdir())))
        for file in list(filter(is_readable, new))[:room]:
            shutil.copy(file, self.corpus / f"grown-{file.name[:8]}")


def main():
    parser = argparse.ArgumentParser(prog="./dev fuzz")
    parser.add_argument("build", type=Path)
    parser.add_argument("--minutes", type=float, default=1, help="how long each fuzzer runs (1)")
    parser.add_argument("--only", metavar="NAME", help="run only this fuzzer")
    parser.add_argument("--keep", action="store_true", help="add new inputs worth keeping to tests/fuzz/corpus")
    options = parser.parse_args()
    build = options.build.resolve()
    fuzzers = [Fuzzer(build, file) for file in sorted((build / "tests").glob("fuzz_*")) if file.is_file()]
    fuzzers = [fuzzer for fuzzer in fuzzers if options.only in (None, fuzzer.name)]
    if not fuzzers:
        parser.error(f"there is no decoder \"{options.only}\"")

    print(HEADER, flush=True)
    failed = []
    for fuzzer in fuzzers:
        if fuzzer.run(options.minutes) != 0:
            failed.append(fuzzer)
        print(fuzzer.line(), flush=True)
        if options.keep:
            fuzzer.keep()
    for fuzzer in failed:
        print(f"{fuzzer.name} has found something: see {fuzzer.log} and {fuzzer.found}", file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
