#!/usr/bin/env -S python3 -B
"""No token, code, secret or password is revealed, neither in a log, an event or a dead letter's
headers, nor by any command.

The judge looks for WeChat's secrets at the end of each story. The stories here are those that could
make a worker reveal one.
"""

import json
import re
import signal
import urllib.error
import urllib.request

from judge import judge
from leaks import Finder
from parts import Trouble, command, free_port, sql, wait_for
from scene import BINARY, STRUCTURED, Scene
from sentences import main

CALLS = ("api_query_auth", "api_authorizer_token", "api_get_authorizer_info")
TALKATIVE = {"log__level": "debug", "worker__hold_max_ms": 500, "wechat__timeout_ms": 1000,
             "wechat__quota_wait_ms": 1000}
PASSWORD = "Tr0ub4dor-and-3-more-letters"


def every_fault(scene):
    """Each kind of trouble twice for each call, so that whatever is said of it is said."""
    kinds = json.loads(scene.simulator.ask("GET", "about"))["faults"]
    names = [k if isinstance(k, str) else k["fault"] for k in kinds]
    names = [n for n in names if n not in ("member", "any_odd", "any_hostile", "refresh_token_length")]
    for call in CALLS:
        for name in names:
            try:
                more = {"acts": True} if name == "wrong_appid" else {}
                scene.simulator.tell("faults", call=call, fault=name, count=2, **more)
            except Trouble:
                continue  # it cannot befall this call
    return len(names)


def ask(worker, path):
    """What a worker says of itself over HTTP, and when it refuses."""
    try:
        with urllib.request.urlopen(f"http://{worker.address}{path}", timeout=5) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.read().decode()


def finish(scene):
    """Until nothing is left, whatever waits for minutes being made due."""
    def is_done():
        scene.expect_a_worker()
        scene.make_parked_due(longer_than_s=12)
        return scene.lag() == 0 and not scene.parked()

    wait_for(is_done, 60, "all to be done", pause=0.3)


def all_that_wechat_can_answer_makes_no_worker_talk(home):
    """Two workers, because there are two forms of a log."""
    with Scene(home, "answers") as scene:
        kinds = every_fault(scene)
        workers = [scene.start_worker(log__format=form, **TALKATIVE) for form in ("logfmt", "json")]
        scene.wait_for_members(2)
        scene.refresh_due(scene.load("wxanswersx", 120))
        scene.authorize([f"wxanswersnew{n:03}" for n in range(80)])
        finish(scene)
        scene.end_workers()
        _, report = judge(scene, calls_at_once=2, twice_ok=True)
        befell = sum(1 for n in report["faults_by_kind"].values() if n)
        lines = [w.lines("api_") for w in workers]
        if befell < kinds - 2 or not all(lines):
            raise Trouble(f"{lines} lines, only {befell} of {kinds} kinds of fault befell: {report['faults_by_kind']}")
        return f"{befell} kinds of fault, {report['faults']} faults"


def letters_with_codes(scene, code):
    """Records that cannot be worked on, with a good code at every place where somebody may have put it: how many. What an
    envelope says of itself (type, specversion, datacontenttype) is quoted, and no place for a code."""
    good = {"authorizer_appid": "wxletters", "info_type": "authorized", "authorization_code": code}
    data = [good | {"create_time": code}, good | {"authorizer_appid": code}, good | {"component_appid": code},
            good | {"authorization_code_expired_time": [code]}, good | {"authorization_code": [code]},
            good | {"authorization_code": {code: code}}, good | {"authorization_code": code * 40},
            {"info_type": "authorized", "authorization_code": ""}, [code], code]
    scene.send(scene.changed, [(None, d) for d in data], BINARY)
    scene.send(scene.changed, [(code, good | {"authorizer_appid": code})])
    raw = [b"{" + code.encode(), code.encode(), json.dumps(good)[:-3].encode(), json.dumps(good).encode() + b"}"]
    scene.send(scene.changed, [(None, r) for r in raw])
    event = {"specversion": "1.0", "type": BINARY["ce_type"], "id": "1", "source": "/e2e", "data": good}
    bad = [event | {"data": code}, event | {"data": [good]}, event | {"data": good | {"create_time": code}},
           {k: v for k, v in event.items() if k != "data"} | {"data_base64": code}]
    scene.send(scene.changed, [(None, b) for b in bad], STRUCTURED)
    return len(data) + 1 + len(raw) + len(bad)


def records_that_hold_a_code_are_refused_without_telling_it(home):
    """In the dead letter it stands where it stood, in the value; in no header, and in no log."""
    with Scene(home, "letters") as scene:
        made = scene.simulator.tell("authorize", component_appid=scene.component, authorizer_appids=["wxletters"])
        code = made["authorizations"][0]["authorization_code"]
        scene.expected_dead["invalid-event"] = letters_with_codes(scene, code)
        scene.start_worker(**TALKATIVE)
        scene.wait_done()
        scene.end_workers()
        judge(scene)
        return f"{scene.expected_dead['invalid-event']} dead letters"


def services_that_fail_make_no_worker_talk(home):
    """PostgreSQL refuses a row, and would show it whole; WeChat's host is not there; the component's token is dead."""
    with Scene(home, "services") as scene:
        appids = scene.load("wxservicesx", 30)
        constraint = f"CHECK (authorizer_appid <> '{appids[0]}') NOT VALID"
        sql(home.url, f"ALTER TABLE wxtoken.authorizer ADD CONSTRAINT unlucky {constraint}, "
            f"ADD CONSTRAINT short CHECK (component_appid <> '{scene.component}' OR "
            f"authorizer_appid <> '{appids[1]}' OR length(authorizer_access_token) < 10) NOT VALID")
        scene.refresh_due(appids)
        worker = scene.start_worker(**TALKATIVE)
        worker.says("the database refuses this row")
        sql(home.url, "ALTER TABLE wxtoken.authorizer DROP CONSTRAINT unlucky, DROP CONSTRAINT short")
        finish(scene)

        made = scene.simulator.tell("component", component_appid=scene.component, overlap_s=0)
        scene.refresh_due(appids)
        worker.says("component token refused")
        told = ask(worker, "/livez") + ask(worker, "/readyz") + ask(worker, f"/{made['component_access_token']}")
        sql(home.url, f"UPDATE wxtoken.component SET component_access_token = '{made['component_access_token']}' "
            f"WHERE component_appid = '{scene.component}'")
        finish(scene)
        scene.end_workers()

        nobody = f"http://127.0.0.1:{free_port()}"
        scene.refresh_due(appids)
        alone = scene.start_worker(wechat__base_url=nobody, **TALKATIVE)
        alone.says("no answer from WeChat")
        alone.terminate()
        scene.start_worker(**TALKATIVE)
        finish(scene)
        scene.end_workers()
        judge(scene)
        finder = Finder(scene.simulator.ask("GET", "secrets").splitlines())
        finder.look("over HTTP it said", told)
        if finder.found or "status" not in told:
            raise Trouble(f"over HTTP it said: {told}")


def expect_silent(finder, name, result):
    status, out, err = result
    finder.look(f"{name} ended with {status}", out + err)


def commands_tell_no_password(home):
    """Right settings and wrong ones, wherever they come from: none is repeated with a password in it."""
    url, finder = home.migrate(), Finder([PASSWORD])
    with_password = re.sub(r"://([^/@]*)@", rf"://\1:{PASSWORD}@", url)
    secret = {"kafka.sasl.password": PASSWORD, "kafka.ssl.key.password": PASSWORD, "kafka.ssl.key.pem": PASSWORD,
              "kafka.sasl.oauthbearer.client.secret": PASSWORD}
    urls = {"good": with_password, "words": f"host=127.0.0.1 user=postgres password={PASSWORD}",
            "quoted": f"host=127.0.0.1 user=postgres password='{PASSWORD} and more'",
            "broken": f"host=127.0.0.1 password={PASSWORD} nonsense", "cut": f"password='{PASSWORD}",
            "port": with_password.replace(":5", ":x5") + "?nonsense=1", "odd": f"postgresql://u:{PASSWORD}@[::1]x/db",
            "late": f"postgresql://127.0.0.1/db?user=u&password={PASSWORD}&&=", "twice": f"postgresql://u:{PASSWORD}@@@/"}
    base = {"component.appid": "wxcommands", "kafka.bootstrap.servers": home.broker.address}
    for name, value in urls.items():
        for by in ("file", "environment", "options"):
            expect_silent(finder, f"config {name} by {by}",
                          command(home.folder, "tell", ["config"], base | secret | {"postgres.url": value}, by))
        expect_silent(finder, f"check {name}",
                      command(home.folder, "tell", ["check"], base | {"postgres.url": value}))
    wrong = {f"kafka.{k}": PASSWORD for k in ("ssl.key.pem", "sasl.password", "no.such.password")}
    for words in (["check"], ["worker"], ["config"], ["migrate"]):
        expect_silent(finder, f"{words[0]} with wrong properties",
                      command(home.folder, "tell", words, base | wrong | {"postgres.url": urls["odd"]}, seconds=30))
    if finder.found:
        raise Trouble("\n".join(finder.found))
    return f"{len(finder.known)} words looked at"


def commands_tell_no_token(home):
    with Scene(home, "commands") as scene:
        finder = Finder(scene.secrets)
        for words in (["check"], ["config"], ["migrate"]):
            expect_silent(finder, words[0], command(scene.folder, words[0], words, scene.settings()))
        sql(home.url, "UPDATE wxtoken.component SET expires_at = 'yesterday' "
            f"WHERE component_appid = '{scene.component}'")
        expect_silent(finder, "check of an expired one", command(scene.folder, "check", ["check"], scene.settings()))
        if finder.found:
            raise Trouble("\n".join(finder.found))


def a_crash_leaves_no_core_file(home):
    with Scene(home, "crash", latency_ms=5000) as scene:
        scene.refresh_due(scene.load("wxcrashx", 5))
        worker = scene.start_worker()
        wait_for(lambda: scene.simulator.report()["in_flight"], 60, "a call to be under way")
        limits = open(f"/proc/{worker.popen.pid}/limits", encoding="ascii").read()
        if not re.search(r"Max core file size +0 +0 ", limits):
            raise Trouble(limits)
        worker.send(signal.SIGSEGV)
        if worker.wait(20) == 0:
            raise Trouble("it ended with 0 by a crash")


if __name__ == "__main__":
    main(all_that_wechat_can_answer_makes_no_worker_talk,
         records_that_hold_a_code_are_refused_without_telling_it,
         services_that_fail_make_no_worker_talk,
         commands_tell_no_password,
         commands_tell_no_token,
         a_crash_leaves_no_core_file)
