"""The comparison that every test ends with.

What the database holds, what was announced and what the simulator saw must tell one story. Each check returns
complaints: a short sentence with how many and the first five offenders.
"""

import json
import re
from collections import Counter, defaultdict
from datetime import datetime
from urllib.parse import unquote

from parts import Trouble
from records import consume_all, java_partition
from scene import SCOPES, TRACEPARENT

SHOWN = 5
PIECE = 8  # characters of a secret: any 15 of it in a row hold one such piece whole


def complain(what, offenders, of=None):
    """One complaint, or none where nobody offends."""
    offenders = list(offenders)
    if not offenders:
        return []
    total = f" of {of}" if of is not None else ""
    more = " …" if len(offenders) > SHOWN else ""
    return [f"{what}: {len(offenders)}{total}: {', '.join(map(str, offenders[:SHOWN]))}{more}"]


def judge(scene, calls_at_once=1, code_twice_ok=False):
    """Raises Trouble with every complaint. calls_at_once: how many calls for one authorizer may have overlapped."""
    rows, issued, report = scene.rows(), scene.simulator.tokens(), scene.simulator.report()
    events = consume_all(scene.house.broker.address, scene.updated)
    complaints = (
        judge_lag(scene)
        + judge_rows(scene, rows)
        + judge_tokens(rows, issued)
        + judge_events(scene, events)
        + judge_versions(rows, events)
        + judge_last_events(rows, events)
        + judge_dead_letters(scene)
        + judge_report(report, calls_at_once, code_twice_ok)
        + judge_secrets(scene, issued, events)
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
    """Every row holds what WeChat issued last, and an unauthorized one holds nothing."""
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
        if data.get("version") == 1 and appid in scene.authorized - scene.loaded:
            trace = headers.get("traceparent", "")
            untraced += [place] if trace.split("-")[1:2] != TRACEPARENT.split("-")[1:2] else []
    return (complain("token-updated is not as the contract says", wrong)
            + complain("traceparent of the cause is lost", untraced))


def judge_versions(rows, events):
    """Each version announced, first appearances in order, and nothing announced that is not stored."""
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
    """What is announced for the version in the table is what the table says."""
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
    """The same second, or both nothing."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= 1


def seconds(stamp):
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except (TypeError, ValueError):
        return None


def judge_dead_letters(scene):
    letters = [e for topic in scene.dead_letters for e in consume_all(scene.house.broker.address, topic)]
    reasons = Counter(e["headers"].get("wxtoken-dlq-reason", "none") for e in letters)
    if reasons == scene.expected_dead:
        return []
    shown = [{k: v for k, v in e["headers"].items() if k.startswith("wxtoken-")} for e in letters[:2]]
    return [f"dead letters are {dict(reasons)}, not {dict(scene.expected_dead)}: {shown}"]


def judge_report(report, calls_at_once, code_twice_ok):
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
    if report["codes_exchanged_twice"] and not code_twice_ok:
        found.append(f"codes exchanged twice: {report['codes_exchanged_twice']}")
    return found


def pieces(words):
    """These words cut up, without their beginnings, which only say the kind ("queryauthcode@@@")."""
    found = set()
    for word in words:
        rest = re.sub(r"^(.*@@@|\d+_)", "", word)
        found.update(rest[at:at + PIECE] for at in range(0, len(rest) - PIECE + 1, PIECE))
    return found


def judge_secrets(scene, issued, events):
    """No token or code, in whole or in part, in any log or event."""
    secrets = set(scene.secrets)
    for t in issued:
        secrets.update(filter(None, (t.get("authorizer_access_token"), t.get("authorizer_refresh_token"))))
    told, found = pieces(secrets), []
    files = [f for w in scene.workers for f in (w.out, w.log) if f.exists()]
    texts = [(f.name, line) for f in files for line in f.read_text(errors="replace").splitlines()]
    texts += [(f"{scene.updated} {e['partition']}:{e['offset']}", f"{e['key']} {e['payload']} {e['headers']}")
              for e in events]
    known = set()  # words already looked at: log lines repeat themselves
    for place, line in texts:
        for word in re.split(r"[^A-Za-z0-9_@%~.+/-]+", line):
            if len(word) < PIECE or word in known:
                continue
            known.add(word)
            plain = unquote(word)
            if any(plain[at:at + PIECE] in told for at in range(len(plain) - PIECE + 1)):
                found.append(f"{place}: {line[:200]}")
    return complain("a secret is told", found)


def judge_logs(scene):
    """Sanitizers and assertions speak on standard error, sometimes without ending the program."""
    marks = re.compile(r"runtime error:|AddressSanitizer|LeakSanitizer|Assertion `|assertion failed")
    found = [f"{w.log.name}: {line}" for w in scene.workers if w.log.exists()
             for line in w.log.read_text(errors="replace").splitlines() if marks.search(line)]
    return complain("the worker's log has a bug's report", found)
