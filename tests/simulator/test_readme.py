"""README.md is true: its session runs exactly as printed, and its lists are complete."""

import json
import os
import re
import subprocess
from pathlib import Path

from running import BINARY, REPLY_WAIT_S, Simulator, main

README = (Path(__file__).resolve().parent / "README.md").read_text(encoding="utf-8")


def _session():
    """The session as (command, output) pairs."""
    block = re.search(r"^```console\n(.*?)^```$", README, re.M | re.S).group(1)
    return [(step.split("\n", 1)[0], step.split("\n", 1)[1]) for step in re.split(r"(?m)^\$ ", block)[1:]]


def the_session_runs_as_it_is_written():
    steps = _session()
    assert len(steps) == 10
    script = "".join(f"{command}\necho '<end>'\n" for command, _ in steps)
    path = f"{Path(BINARY[0]).resolve().parent}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-eu"], input=script, capture_output=True, text=True, timeout=REPLY_WAIT_S,
                          check=False, env={**os.environ, "PATH": path})
    assert done.returncode == 0 and done.stderr == "", done
    shown = done.stdout.split("<end>\n")[:-1]
    assert shown == [output for _, output in steps], done.stdout


def _section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.M | re.S).group(1)


def _first_cells(text):
    return [row.split("|")[1] for row in re.findall(r"^\|.*$", text, re.M)]


def every_fault_is_in_the_table_of_its_group():
    with Simulator() as simulator:
        faults = json.loads(simulator.ask("GET", "/simulator/about")[1])["faults"]
    parts = re.split(r"(?m)^\*\*(Odd|Hostile|Alone)\*\*", _section("Faults"))[1:]
    for title, text in zip(parts[::2], parts[1::2]):
        group = {"Odd": "any_odd", "Hostile": "any_hostile", "Alone": "alone"}[title]
        told = [name for cell in _first_cells(text) for name in re.findall(r"`(\w+)`", cell)]
        assert sorted(told) == sorted(row["fault"] for row in faults if row["group"] == group), title


def what_acts_is_told_rightly():
    with Simulator() as simulator:
        acts = {row["fault"]: row["acts"] for row in json.loads(simulator.ask("GET", "/simulator/about")[1])["faults"]}
    words = {"never": "no", "always": "yes", "choice": "open"}
    for row in re.findall(r"^\| `.*\|$", _section("Faults"), re.M):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        names = re.findall(r"`(\w+)`", cells[0])
        told = cells[2].split(", ") if len(cells) > 2 else ["yes"]
        assert [words[acts[name]] for name in names] == (told * len(names))[:len(names)], row


def every_path_is_in_the_table():
    with Simulator() as simulator:
        paths = json.loads(simulator.ask("GET", "/simulator/about")[1])["paths"]
    told = {path for cell in _first_cells(_section("Control")) for path in re.findall(r"`(/simulator/\w+)`", cell)}
    assert told == {row["path"] for row in paths}
    for row in paths:
        line = next(line for line in README.splitlines() if line.startswith("| ") and f"`{row['path']}` |" in line)
        assert row["path"] == "/simulator/faults" or all(f"{name}`" in line or f"{name}]`" in line for name in row["members"]), row


def the_help_names_everything():
    text = subprocess.run([BINARY[0], "--help"], capture_output=True, text=True, check=True).stdout
    with Simulator() as simulator:
        about = json.loads(simulator.ask("GET", "/simulator/about")[1])
    assert all(f"{row['method']} {row['path']}\n" in text for row in about["paths"])
    assert all(f"  {row['fault']} " in text for row in about["faults"])
    for option in re.findall(r"--[a-z-]+", README.split("## ", 1)[0]):
        assert option in text, option


main(globals())
