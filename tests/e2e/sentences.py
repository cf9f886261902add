"""Runs the tests of a file. Each is a function whose name is a sentence; it is called with the
house that the tests of the file share."""

import os
import signal
import sys
import time
import traceback

from parts import Trouble
from scene import house


def end(number, _frame):
    """Ends the tests after a signal or the file's own deadline. The exception stops all that was
    started."""
    reason = "too slow, see E2E_DEADLINE_S" if number == signal.SIGALRM else f"signal {number}"
    raise SystemExit(f"ended: {reason}")


def run(test, home):
    began = time.monotonic()
    try:
        notes = test(home) or ""
    except Trouble as e:
        told = str(e)
    except Exception:  # a bug in the test: it fails, and the tests after it still run
        told = traceback.format_exc()
    else:
        print(f"ok   {test.__name__}  ({time.monotonic() - began:.1f} s{'; ' + notes if notes else ''})", flush=True)
        return True
    print(f"FAIL {test.__name__}  ({time.monotonic() - began:.1f} s)", flush=True)
    print("\n".join("     " + line for line in told.splitlines()), flush=True)
    return False


def main(*tests, place=house):
    """Runs the tests, or those named by the arguments. Exits with 0 if all pass.

    place: a context manager that makes the house.
    """
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
