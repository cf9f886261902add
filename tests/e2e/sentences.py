"""Runs the tests of a file: each is a function whose name is a sentence, called with the house that they share."""

import os
import signal
import sys
import time
import traceback

from parts import Trouble
from scene import house


def end(number, _frame):
    """A signal, or the file's own deadline, ends the tests by an exception: everything started is stopped."""
    reason = "too slow, see E2E_DEADLINE_S" if number == signal.SIGALRM else f"signal {number}"
    raise SystemExit(f"ended: {reason}")


def run(test, home):
    began = time.monotonic()
    try:
        notes = test(home) or ""
    except Trouble as e:
        told = str(e)
    except Exception:  # a bug of the test: it fails, and those after it still run
        told = traceback.format_exc()
    else:
        print(f"ok   {test.__name__}  ({time.monotonic() - began:.1f} s{'; ' + notes if notes else ''})", flush=True)
        return True
    print(f"FAIL {test.__name__}  ({time.monotonic() - began:.1f} s)", flush=True)
    print("\n".join("     " + line for line in told.splitlines()), flush=True)
    return False


def main(*tests, place=house):
    """Exit status 0 where all pass. Names as arguments choose some of the tests. place: what makes their house."""
    sys.dont_write_bytecode = True
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, end)
    signal.alarm(int(os.environ.get("E2E_DEADLINE_S", "580")))
    chosen = [t for t in tests if not sys.argv[1:] or t.__name__ in sys.argv[1:]]
    try:
        with place() as home:
            passed = sum(run(test, home) for test in chosen)
    except Trouble as e:
        sys.exit(f"FAIL to set up: {e}")
    print(f"{passed} passed, {len(chosen) - passed} failed")
    sys.exit(0 if chosen and passed == len(chosen) else 1)
