"""The line that is redrawn while the demo runs: what has become of the events so far."""

import re
import shutil
import sys
import time
from collections import Counter

from parts import Trouble, sql

DRAW_EVERY_S = 0.25
LINE_EVERY_S = 2  # if the output is no terminal: each drawing is a new line then
OUTCOMES = [(word, re.compile(pattern)) for word, pattern in (
    ("authorized", r'msg="authorizer updated" event=authorization-changed .*status=authorized'),
    ("revoked", r'msg="authorizer updated" event=authorization-changed .*status=unauthorized'),
    ("refreshed", r'msg="authorizer updated" event=refresh-due'),
    ("dead", r'msg="record is in the dead letters"'),
    ("retried", r'msg="(?:WeChat refused|no answer from WeChat), [^"]*" call='))]
OTHER_OUTCOME = re.compile(r'msg="nothing changed" outcome=(\w+)')


def outcome_of(line):
    """Returns what has become of an event, according to a line of the worker's log, or None."""
    for word, pattern in OUTCOMES:
        if pattern.search(line):
            return word
    other = OTHER_OUTCOME.search(line)
    return other and other[1]


class Live:
    """Draws and waits. Outcomes come from the worker's log, all other numbers from outside it."""

    def __init__(self, stage, worker):
        self.stage, self.worker = stage, worker
        self.began, self.drawn = time.monotonic(), 0.0
        self.is_terminal = sys.stdout.isatty()
        self.outcomes, self.log_read = Counter(), 0

    def seconds(self):
        return time.monotonic() - self.began

    def read_log(self):
        """Counts the outcomes in the whole lines that the worker has logged since the last time."""
        with open(self.worker.log, "rb") as log:
            log.seek(self.log_read)
            data = log.read()
        data = data[:data.rfind(b"\n") + 1]
        self.log_read += len(data)
        outcomes = map(outcome_of, data.decode(errors="replace").splitlines())
        self.outcomes.update(outcome for outcome in outcomes if outcome)

    def numbers(self):
        report = self.stage.simulator.report()
        versions, = sql(self.stage.house.url, "SELECT coalesce(sum(version), 0) FROM wxtoken.authorizer")
        self.read_log()
        return [
            f"{self.seconds():4.1f} s",
            f"{self.stage.events_sent} events",
            f"{report['in_flight']} calls in flight",
            f"{versions} versions stored",
            ", ".join(f"{count} {word}" for word, count in self.outcomes.most_common()),
        ]

    def draw(self, is_last=False):
        every = DRAW_EVERY_S if self.is_terminal else LINE_EVERY_S
        if not is_last and self.seconds() - self.drawn < every:
            return
        self.drawn = self.seconds()
        line = "  " + " | ".join(n for n in self.numbers() if n)
        if self.is_terminal:
            line = line[:shutil.get_terminal_size().columns - 1]
            print("\r\033[K" + line, end="\n" if is_last else "", flush=True)
        else:
            print(line, flush=True)

    def title(self, text):
        """Names the act that begins. The line of the previous act stays above it."""
        if self.drawn:
            self.draw(is_last=True)
        print(text, flush=True)

    def rest(self, seconds):
        """Lets the worker work for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.draw()
            time.sleep(0.05)

    def until_done(self, seconds):
        """Waits until every event is done and its offset committed."""
        until = time.monotonic() + seconds
        while self.stage.lag() != 0:
            if not self.worker.alive():
                raise Trouble(f"the worker ended with {self.worker.popen.returncode}\n{self.worker.tail()}")
            if time.monotonic() > until:
                raise Trouble(f"not done within {seconds} s\n{self.worker.tail()}")
            self.draw()
            time.sleep(0.05)
