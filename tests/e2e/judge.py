"""The comparison at the end of every test.

What the database holds, what was announced and what the simulator saw must agree. Each check
returns complaints: short sentences with the number of offenders and the first five of them.
"""

import json
import re
from collections import Counter, defaultdict
from datetime import datetime

from leaks import Finder
from parts import Trouble
from records import consume_all, java_partition
from scene import SCOPES, TRACEPARENT

SHOWN = 5


def complain(what, offenders, of=None):
    """Returns one complaint, or none if there are no offenders."""
    offenders = list(offenders)
    if not offenders:
        return []
    total = f" of {of}" if of is not None else ""
    more = " …" if len(offenders) > SHOWN else ""
    return [f"{what}: {len(offenders)}{total}: {', '.join(map(str, offenders[:SHOWN]))}{more}"]


def judge(scene, calls_at_once=1, twice_ok=False):
    """Raises Trouble with all complaints.

    calls_at_once: how many calls for one authorizer may have overlapped. twice_ok: a code may have
    been exchanged, or a dead letter written, once more after a loss.
    """
    rows, issued, report = scene.rows(), scene.simulator.tokens(), scene.simulator.report()
    events = consume_all(scene.house.broker.address, scene.updated)
    letters = [e for topic in scene.dead_letters for e in consume_all(scene.house.broker.address, topic)]
    complaints = (
        judge_lag(scene)
        + judge_rows(scene, rows)
        + judge_tokens(rows, issued)
        + judge_events(scene, events)
        + judge_versions(rows, events)
        + judge_last_events(rows, events)
        + judge_dead_letters(scene, letters, twice_ok)
        + judge_report(report, calls_at_once, twice_ok)
        + judge_secrets(scene, events, letters)
        + judge_logs(scene))
    if complaints:
        raise Trouble("\n".join(complaints) + "\n" + scene.worker_tails())
    return rows, report


def judge_lag(scene):
    lag = scene.lag()
    return [] if lag == 0 else [f"committed lag is {lag}, not 0"]


def judge_rows(scene, rows):
    wanted = scene.loaded | scene.authorized | scene.unauthorized
    found = complain("no row", sorted(wanted - rows.keys()), len(wanted))
    found += complain("a row nobody asked for", sorted(rows.keys() - wanted))
    for appid in wanted & rows.keys():
        should = "unauthorized" if appid in scene.unauthorized else "authorized"
        if rows[appid]["status"] != should:
            found += [f"{appid} is {rows[appid]['status']}, not {should}"]
    scopes = (a for a in sorted(scene.authorized - scene.unauthorized)
              if a in rows and rows[a]["func_scopes"] != SCOPES)
    return found[:3 * SHOWN] + complain("func_scopes are not those granted", scopes)


def judge_tokens(rows, issued):
    """Every row holds the tokens that WeChat issued last; an unauthorized row holds none."""
    last = {t["authorizer_appid"]: t for t in issued}
    found, live = [], {a: r for a, r in rows.items() if r["status"] != "unauthorized"}
    for member in ("authorizer_access_token", "authorizer_refresh_token"):
        stale = (f"{a} (version {r['version']})" for a, r in sorted(live.items())
                 if (r[member] or "") != (last.get(a, {}).get(member) or ""))
        found += complain(f"{member} is not the last issued", stale, len(live))
    for member in ("authorizer_access_token", "authorizer_refresh_token", "expires_at", "refresh_due_at"):
        kept = (a for a, r in sorted(rows.items()) if r["status"] == "unauthorized" and r[member] is not None)
        found += complain(f"unauthorized, but {member} is kept", kept)
    unplanned = (a for a, r in sorted(live.items()) if r["authorizer_access_token"] and
                 not (r["expires_at"] and r["refresh_due_at"] and r["updated_at"]))
    return found + complain("an access token without expires_at or refresh_due_at", unplanned)


def judge_events(scene, events):
    """The form of each event: key, partition, headers."""
    wrong, untraced = [], []
    for e in events:
        data, headers = json.loads(e["payload"]), e["headers"]
        appid = data.get("authorizer_appid")
        key = scene.key(appid)
        should = {"ce_specversion": "1.0", "ce_type": "wxtoken.token-updated.v1", "ce_subject": key,
                  "ce_source": f"/wxtoken/{scene.component}", "ce_id": f"{key}/{data.get('version')}",
                  "content-type": "application/json"}
        place = f"offset {e['partition']}:{e['offset']}"
        wrong += [f"{place} {k} is {headers.get(k)!r}" for k, v in should.items() if headers.get(k) != v]
        if e["key"] != key or data.get("component_appid") != scene.component:
            wrong.append(f"{place} key is {e['key']!r}")
        elif e["partition"] != java_partition(key, scene.updated_partitions):
            wrong.append(f"{place} is not in murmur2's partition")
        if data.get("version") == 1 and appid in scene.authorized - scene.loaded - scene.unauthorized:
            trace = headers.get("traceparent", "")
            untraced += [place] if trace.split("-")[1:2] != TRACEPARENT.split("-")[1:2] else []
    return (complain("token-updated is not as the contract says", wrong)
            + complain("traceparent of the cause is lost", untraced))


def judge_versions(rows, events):
    """Every version is announced, first appearances are in order, and whatever is announced is
    stored."""
    first = defaultdict(list)
    for e in events:
        data = json.loads(e["payload"])
        if data["version"] not in first[data["authorizer_appid"]]:
            first[data["authorizer_appid"]].append(data["version"])
    missing, unstored, disordered = [], [], []
    for appid in sorted(rows.keys() | first.keys()):
        seen, version = first[appid], rows.get(appid, {}).get("version", 0)
        missing += [f"{appid}/{v}" for v in range(1, version + 1) if v not in seen]
        unstored += [f"{appid}/{v}" for v in seen if not 1 <= v <= version]
        disordered += [f"{appid} {seen}"] if seen != sorted(seen) else []
    stored = sum(row["version"] for row in rows.values())
    return (complain("stored but never announced", missing, stored)
            + complain("announced but not stored", unstored)
            + complain("first announced out of order", disordered))


def judge_last_events(rows, events):
    """The announcement of the version in the table agrees with the table."""
    wrong = []
    for e in events:
        data = json.loads(e["payload"])
        row = rows.get(data["authorizer_appid"])
        if not row or row["version"] != data["version"]:
            continue
        same = (data["status"] == row["status"] and (data.get("func_scopes") or []) == (row["func_scopes"] or [])
                and about(data["expires_at"], row["expires_at"])
                and about(seconds(e["headers"].get("ce_time")), row["updated_at"]))
        if not same:
            wrong.append(f"{e['headers'].get('ce_id')} says {e['payload']} at {e['headers'].get('ce_time')}")
    return complain("announced otherwise than stored", wrong)


def about(one, other):
    """Returns true if both are within a second of each other, or both are None."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= 1


def seconds(stamp):
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except (TypeError, ValueError):
        return None


def judge_dead_letters(scene, letters, twice_ok):
    told = {"reason": "none", "topic": "", "partition": "", "offset": ""}
    places = [tuple(e["headers"].get(f"wxtoken-dlq-{k}", v) for k, v in told.items()) for e in letters]
    reasons = Counter(place[0] for place in (set(places) if twice_ok else places))
    if reasons == scene.expected_dead:
        return judge_letters(scene, letters)
    shown = [{k: v for k, v in e["headers"].items() if k.startswith("wxtoken-")} for e in letters[:2]]
    return [f"dead letters are {dict(reasons)}, not {dict(scene.expected_dead)}: {shown}"]


def judge_letters(scene, letters):
    """A dead letter has its record's key, value and headers, byte for byte, and headers that name
    the record's origin."""
    records = {(topic, str(r["partition"]), str(r["offset"])): r
               for topic in scene.inputs for r in consume_all(scene.house.broker.address, topic)} if letters else {}
    unlike = []
    for letter in letters:
        own = {k: v for k, v in letter["headers"].items() if not k.startswith("wxtoken-dlq")}
        told = [letter["headers"].get(f"wxtoken-dlq-{k}") for k in ("topic", "partition", "offset", "timestamp")]
        record = records.get(tuple(told[:3]))
        same = record and told[3] == str(record["ts"]) and own == record["headers"] and all(
            (letter[k] or None) == (record[k] or None) for k in ("key", "payload"))
        unlike += [] if same else [f"{told} {str(letter)[:200]}"]
    return complain("a dead letter is not as its record", unlike, len(letters))


def judge_report(report, calls_at_once, twice_ok):
    found = []
    if report["undocumented_count"]:
        found += complain("requests that are not as documented", report["undocumented_requests"],
                          report["undocumented_count"])
    busiest = report["same_authorizer_in_flight_max"]
    if busiest > calls_at_once:
        who = (f"{a['authorizer_appid']} ({a['in_flight_max']})" for a in report["authorizers"]
               if a["in_flight_max"] > calls_at_once)
        found += complain(f"more than {calls_at_once} call at once for one authorizer, up to {busiest}", who)
    if report["same_client_in_flight_max"] > 1:
        found.append(f"one worker called {report['same_client_in_flight_max']} times at once for one authorizer")
    if report["codes_exchanged_twice"] and not twice_ok:
        found.append(f"codes exchanged twice: {report['codes_exchanged_twice']}")
    return found


def judge_secrets(scene, events, letters):
    """No log and no event has a token, a code or a secret, in whole or in part.

    The value of a dead letter is not searched: it is the record's own.
    """
    finder = Finder(scene.secrets | set(scene.simulator.ask("GET", "secrets").splitlines()))
    for file in (f for w in scene.workers for f in (w.out, w.log) if f.exists()):
        finder.look(file.name, file.read_text(errors="replace"))
    for e in events:
        finder.look(f"{scene.updated} {e['partition']}:{e['offset']}", f"{e['key']} {e['payload']} {e['headers']}")
    for e in letters:
        finder.look(f"{e['topic']} {e['partition']}:{e['offset']}", f"{e['headers']}")
    return complain("a secret is told", finder.found)


def judge_logs(scene):
    """No log has a report of a sanitizer or an assertion, which do not always end the program."""
    marks = re.compile(r"runtime error:|AddressSanitizer|LeakSanitizer|Assertion `|assertion failed")
    found = [f"{w.log.name}: {line}" for w in scene.workers if w.log.exists()
             for line in w.log.read_text(errors="replace").splitlines() if marks.search(line)]
    return complain("the worker's log has a bug's report", found)
