#!/usr/bin/env -S python3 -B
"""Measures what an event costs: a worker with 1,000 calls in flight at 100 ms, on a real broker and
PostgreSQL.

ctest does not run it. Run it with the release program on a machine that has nothing else to do.
"""

from judge import judge
from parts import program, sql
from scene import Scene, size
from sentences import main

EVENTS = size("E2E_BENCH_EVENTS", 50000)
IN_FLIGHT = size("E2E_BENCH_IN_FLIGHT", 1000)
LATENCY_MS = size("E2E_BENCH_LATENCY_MS", 100)
WARM_UP = 2000


def stored_per_second(scene, appids_like):
    """Measured by the database's own clock, so that our polling does not count."""
    seconds = sql(scene.house.url, "SELECT extract(epoch FROM max(updated_at) - min(updated_at)) "
                  f"FROM wxtoken.authorizer WHERE component_appid = '{scene.component}' "
                  f"AND authorizer_appid LIKE '{appids_like}%'")[0]
    return EVENTS / float(seconds), float(seconds)


def print_table(rows):
    width = max(len(name) for name, _ in rows)
    print("\n" + "\n".join(f"     {name:<{width}}  {value:>12}" for name, value in rows) + "\n")


def a_thousand_calls_in_flight(home):
    with Scene(home, "bench", LATENCY_MS, partitions=(4, 8, 8)) as scene:
        warm = scene.load("wxwarm", WARM_UP)
        appids = scene.load("wxload", EVENTS)
        scene.refresh_due(warm)
        worker = scene.start_worker(worker__in_flight_max=IN_FLIGHT)
        scene.wait_done()

        before = worker.cpu_seconds()
        scene.refresh_due(appids)
        scene.wait_done(600)
        cpu = worker.cpu_seconds() - before
        peak_kb = worker.peak_kilobytes()

        rate, seconds = stored_per_second(scene, "wxload")
        print_table((("program", program("WXTOKEN", "wxtoken").rsplit("/", 2)[-2]), ("events", EVENTS),
                     ("calls in flight, at most", scene.simulator.report()["in_flight_max"]),
                     ("latency, ms", LATENCY_MS), ("seconds", f"{seconds:.1f}"), ("events/s", f"{rate:.0f}"),
                     ("CPU per event, µs", f"{cpu / EVENTS * 1e6:.1f}"),
                     ("peak RSS, MB", f"{peak_kb / 1024:.1f}")))
        judge(scene)


if __name__ == "__main__":
    main(a_thousand_calls_in_flight)
