"""test_simulator.py BINARY: drives the real wechat-simulator over HTTP; a line per test, exits 0 or 1."""

import contextlib
import http.client
import json
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
from urllib.parse import quote

BINARY = ""
REPLY_WAIT_S = 10


class Simulator:
    """One running simulator, ended at the end of its `with`."""

    def __init__(self, *options):
        self.process = subprocess.Popen([BINARY, *options], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)\n", line)
        assert found, f"first line: {line!r}"
        self.port = int(found.group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(REPLY_WAIT_S)
        self.process.stdout.close()
        assert status == 0, f"exit status {status}"

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REPLY_WAIT_S)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer, answer.read().decode()

    def control(self, path, body=None, method="POST"):
        answer, text = self.ask(method, "/simulator/" + path, json.dumps(body or {}))
        assert answer.status == 200, f"{path}: {answer.status} {text}"
        return json.loads(text)

    def call(self, name, token, **body):
        path = f"/cgi-bin/component/{name}?access_token={quote(token)}"
        answer, text = self.ask("POST", path, json.dumps(body))
        assert answer.status == 200, f"{name}: {answer.status}"
        return json.loads(text)

    def report(self):
        return json.loads(self.ask("GET", "/simulator/report")[1])

    def tokens(self):
        lines = self.ask("GET", "/simulator/tokens")[1].splitlines()
        return {row["authorizer_appid"]: row for row in map(json.loads, lines)}

    def component(self, appid="wxc1", **more):
        return self.control("component", {"component_appid": appid, **more})["component_access_token"]

    def adopt(self, count, appid="wxc1"):
        body = {"component_appid": appid, "prefix": "wxa", "count": count}
        rows = self.control("authorizers", body)["authorizers"]
        return {row["authorizer_appid"]: row["authorizer_refresh_token"] for row in rows}

    def authorize(self, appid, **more):
        body = {"component_appid": "wxc1", "authorizer_appids": [appid], **more}
        return self.control("authorize", body)["authorizations"][0]

    def unauthorize(self, appid):
        self.control("unauthorize", {"component_appid": "wxc1", "authorizer_appids": [appid]})

    def fault(self, fault, call="api_authorizer_token", **more):
        self.control("faults", {"call": call, "fault": fault, **more})

    def refresh(self, token, appid, refresh_token):
        return self.call("api_authorizer_token", token, component_appid="wxc1", authorizer_appid=appid,
                         authorizer_refresh_token=refresh_token)

    def exchange(self, token, code):
        return self.call("api_query_auth", token, component_appid="wxc1", authorization_code=code)

    def open_refresh(self, token, appid, refresh_token, host="127.0.0.1"):
        """Sends a refresh and returns its socket without reading."""
        body = json.dumps({"component_appid": "wxc1", "authorizer_appid": appid,
                           "authorizer_refresh_token": refresh_token})
        connection = socket.create_connection(("127.0.0.1", self.port), REPLY_WAIT_S)
        connection.sendall((f"POST /cgi-bin/component/api_authorizer_token?access_token={token} HTTP/1.1\r\n"
                            f"Host: {host}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
        return connection

    def wait_for_calls(self, count):
        wait_until(lambda: sum(self.report()["calls"].values()) >= count)


def wait_until(condition):
    deadline = time.monotonic() + REPLY_WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


def read_to_end(connection):
    with contextlib.closing(connection):
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def assert_reset(ask, *arguments):
    try:
        ask(*arguments)
    except http.client.RemoteDisconnected as error:
        raise AssertionError("an orderly end") from error
    except ConnectionResetError:
        return
    raise AssertionError("there was a reply")


def assert_errcode(answer, errcode, text):
    assert answer.get("errcode") == errcode, answer
    assert re.fullmatch(re.escape(text) + r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}", answer["errmsg"]), answer


def a_refresh_issues_a_token_and_keeps_the_refresh_token():
    with Simulator() as simulator:
        token = simulator.component()
        refresh_token = simulator.adopt(1)["wxa00000"]
        answer = simulator.refresh(token, "wxa00000", refresh_token)
        assert set(answer) == {"authorizer_access_token", "expires_in", "authorizer_refresh_token"}, answer
        assert answer["expires_in"] == 7200 and answer["authorizer_refresh_token"] == refresh_token
        row = simulator.tokens()["wxa00000"]
        assert row == {"component_appid": "wxc1", "authorizer_appid": "wxa00000", "status": "authorized",
                       "authorizer_access_token": answer["authorizer_access_token"],
                       "authorizer_refresh_token": refresh_token, "issued": 1}, row


def tokens_have_the_recorded_sizes():
    with Simulator() as simulator:
        token = simulator.component()
        code = simulator.authorize("wxb1")["authorization_code"]
        info = simulator.exchange(token, code)["authorization_info"]
        assert len(token) == 157 and len(info["authorizer_access_token"]) == 157
        assert code.startswith("queryauthcode@@@") and len(code) == 102
        assert info["authorizer_refresh_token"].startswith("refreshtoken@@@")
        assert len(info["authorizer_refresh_token"]) == 58


def the_seed_decides_the_tokens():
    def run(seed):
        with Simulator("--seed", seed) as simulator:
            token = simulator.component()
            return token, simulator.refresh(token, "wxa00000", simulator.adopt(1)["wxa00000"])
    assert run("7") == run("7")
    assert run("7") != run("8")


def replies_have_the_content_type_of_wechat():
    with Simulator() as simulator:
        answer, _ = simulator.ask("POST", "/cgi-bin/component/api_query_auth", "{}")
        assert answer.getheader("Content-Type") == "application/json; encoding=utf-8"


def a_code_is_exchanged_once():
    with Simulator() as simulator:
        token = simulator.component()
        given = simulator.authorize("wxb1", func_scopes=[3, 1, 2])
        assert given["authorization_code_expired_time"] - given["create_time"] == 3600
        assert given["info_type"] == "authorized"
        info = simulator.exchange(token, given["authorization_code"])["authorization_info"]
        assert info["authorizer_appid"] == "wxb1" and info["expires_in"] == 7200
        assert [row["funcscope_category"]["id"] for row in info["func_info"]] == [3, 1, 2]
        assert_errcode(simulator.exchange(token, given["authorization_code"]), 61009, "code is invalid")
        assert simulator.report()["codes_exchanged_twice"] == 1
        assert simulator.report()["refused"] == {"61009": 1}
        assert simulator.tokens()["wxb1"]["issued"] == 1


def a_code_expires():
    with Simulator() as simulator:
        token = simulator.component()
        code = simulator.authorize("wxb1", code_ttl_s=0)["authorization_code"]
        assert_errcode(simulator.exchange(token, code), 61010, "code is expired")
        code = simulator.authorize("wxb1")["authorization_code"]
        simulator.control("clock", {"advance_s": 3601})
        assert_errcode(simulator.exchange(token, code), 61010, "code is expired")


def a_code_of_an_ended_authorization_is_invalid():
    with Simulator() as simulator:
        token = simulator.component()
        code = simulator.authorize("wxb1")["authorization_code"]
        simulator.unauthorize("wxb1")
        assert_errcode(simulator.exchange(token, code), 61009, "code is invalid")
        simulator.authorize("wxb1")
        assert_errcode(simulator.exchange(token, code), 61009, "code is invalid")
        assert_errcode(simulator.exchange(token, "queryauthcode@@@nobody"), 61009, "code is invalid")


def an_account_without_api_permission_gets_no_access_token():
    with Simulator() as simulator:
        token = simulator.component()
        code = simulator.authorize("wxb1", api_permission=False)["authorization_code"]
        info = simulator.exchange(token, code)["authorization_info"]
        assert "authorizer_access_token" not in info and "expires_in" not in info, info
        assert info["authorizer_refresh_token"]
        assert simulator.tokens()["wxb1"]["authorizer_access_token"] is None
        assert_errcode(simulator.refresh(token, "wxb1", info["authorizer_refresh_token"]), 61007,
                       "api is unauthorized to component")


def authorizing_again_without_an_end_keeps_the_refresh_token():
    with Simulator() as simulator:
        token = simulator.component()
        refresh_token = simulator.adopt(1)["wxa00000"]
        given = simulator.authorize("wxa00000")
        assert given["info_type"] == "updateauthorized"
        info = simulator.exchange(token, given["authorization_code"])["authorization_info"]
        assert info["authorizer_refresh_token"] == refresh_token


def authorizing_after_an_end_changes_the_refresh_token():
    with Simulator() as simulator:
        token = simulator.component()
        old = simulator.adopt(1)["wxa00000"]
        simulator.unauthorize("wxa00000")
        assert simulator.tokens()["wxa00000"]["status"] == "unauthorized"
        assert_errcode(simulator.refresh(token, "wxa00000", old), 61003,
                       "component is not authorized by this account")
        code = simulator.authorize("wxa00000")["authorization_code"]
        assert simulator.tokens()["wxa00000"]["authorizer_refresh_token"] is None
        assert_errcode(simulator.refresh(token, "wxa00000", old), 61023, "refresh_token is invalid")
        new = simulator.exchange(token, code)["authorization_info"]["authorizer_refresh_token"]
        assert new != old
        assert "authorizer_access_token" in simulator.refresh(token, "wxa00000", new)


def wrong_refresh_tokens_and_accounts_are_refused():
    with Simulator() as simulator:
        token = simulator.component()
        given = simulator.adopt(2)
        for wrong in (given["wxa00001"], "refreshtoken@@@x", "", None):
            assert_errcode(simulator.refresh(token, "wxa00000", wrong), 61023, "refresh_token is invalid")
        assert_errcode(simulator.refresh(token, "wxnobody", "x"), 61003,
                       "component is not authorized by this account")
        assert simulator.report()["refused"] == {"61023": 4, "61003": 1}


def rotating_refresh_tokens_change_with_every_answer_and_overlap_five_minutes():
    with Simulator("--rotate") as simulator:
        token = simulator.component()
        first = simulator.adopt(1)["wxa00000"]
        second = simulator.refresh(token, "wxa00000", first)["authorizer_refresh_token"]
        third = simulator.refresh(token, "wxa00000", first)["authorizer_refresh_token"]
        assert len({first, second, third}) == 3
        simulator.control("clock", {"advance_s": 299})
        fourth = simulator.refresh(token, "wxa00000", second)["authorizer_refresh_token"]
        simulator.control("clock", {"advance_s": 2})
        assert_errcode(simulator.refresh(token, "wxa00000", first), 61023, "refresh_token is invalid")
        code = simulator.authorize("wxa00000")["authorization_code"]
        info = simulator.exchange(token, code)["authorization_info"]
        assert info["authorizer_refresh_token"] not in (first, second, third, fourth)
        assert simulator.tokens()["wxa00000"]["authorizer_refresh_token"] == info["authorizer_refresh_token"]


def a_newer_access_token_supersedes_the_older_after_five_minutes():
    def state(simulator, token):
        body = {"component_appid": "wxc1", "authorizer_appid": "wxa00000", "authorizer_access_token": token}
        return simulator.control("token_state", body)["state"]
    with Simulator() as simulator:
        token = simulator.component()
        refresh_token = simulator.adopt(1)["wxa00000"]
        older = simulator.refresh(token, "wxa00000", refresh_token)["authorizer_access_token"]
        newer = simulator.refresh(token, "wxa00000", refresh_token)["authorizer_access_token"]
        assert (state(simulator, older), state(simulator, newer)) == ("overlapping", "latest")
        simulator.control("clock", {"advance_s": 301})
        assert (state(simulator, older), state(simulator, newer)) == ("superseded", "latest")
        simulator.control("clock", {"advance_s": 7200})
        assert state(simulator, newer) == "expired"
        assert state(simulator, "x") == "unknown"


def the_component_token_is_checked():
    with Simulator() as simulator:
        token = simulator.component()
        other = simulator.component("wxc2", component_access_token="given")
        assert other == "given"
        refresh_token = simulator.adopt(1)["wxa00000"]
        access = simulator.refresh(token, "wxa00000", refresh_token)["authorizer_access_token"]
        invalid = "invalid credential, access_token is invalid or not latest"
        assert_errcode(simulator.refresh("wrong", "wxa00000", refresh_token), 40001, invalid)
        assert_errcode(simulator.refresh("", "wxa00000", refresh_token), 41001, "access_token missing")
        assert_errcode(simulator.refresh(other, "wxa00000", refresh_token), 40013, "invalid appid")
        assert_errcode(simulator.refresh(access, "wxa00000", refresh_token), 61014,
                       "must use component token for component api")
        simulator.control("clock", {"advance_s": 7201})
        assert_errcode(simulator.refresh(token, "wxa00000", refresh_token), 42001, "access_token expired")


def a_component_token_made_anew_leaves_the_old_one_five_minutes():
    with Simulator() as simulator:
        old = simulator.component()
        new = simulator.component()
        refresh_token = simulator.adopt(1)["wxa00000"]
        assert old != new
        assert "expires_in" in simulator.refresh(old, "wxa00000", refresh_token)
        simulator.control("clock", {"advance_s": 301})
        assert simulator.refresh(old, "wxa00000", refresh_token)["errcode"] == 40001
        assert "expires_in" in simulator.refresh(new, "wxa00000", refresh_token)
        newest = simulator.component(overlap_s=0)
        assert simulator.refresh(new, "wxa00000", refresh_token)["errcode"] == 40001
        assert "expires_in" in simulator.refresh(newest, "wxa00000", refresh_token)


def api_component_token_wants_the_secret():
    with Simulator() as simulator:
        simulator.component(component_appsecret="s3cret")
        def fetch(**body):
            _, text = simulator.ask("POST", "/cgi-bin/component/api_component_token", json.dumps(body))
            return json.loads(text)
        right = {"component_appid": "wxc1", "component_appsecret": "s3cret", "component_verify_ticket": "t"}
        answer = fetch(**right)
        assert set(answer) == {"component_access_token", "expires_in"} and answer["expires_in"] == 7200
        assert_errcode(fetch(**{**right, "component_appsecret": "x"}), 40125, "invalid appsecret")
        assert_errcode(fetch(**{**right, "component_verify_ticket": ""}), 61006, "component ticket is invalid")
        assert_errcode(fetch(**{**right, "component_appid": "wxc9"}), 61011, "invalid component")
        assert simulator.adopt(1) and "list" in simulator.call(
            "api_get_authorizer_list", answer["component_access_token"], component_appid="wxc1", offset=0, count=1)


def the_list_has_the_authorized_accounts_page_by_page():
    with Simulator() as simulator:
        token = simulator.component()
        given = simulator.adopt(5)
        simulator.unauthorize("wxa00001")
        simulator.authorize("wxb1")
        page = simulator.call("api_get_authorizer_list", token, component_appid="wxc1", offset=1, count=2)
        assert page["total_count"] == 5
        assert [row["authorizer_appid"] for row in page["list"]] == ["wxa00002", "wxa00003"]
        assert page["list"][0]["refresh_token"] == given["wxa00002"] and page["list"][0]["auth_time"] > 0
        page = simulator.call("api_get_authorizer_list", token, component_appid="wxc1", offset=4, count=500)
        assert page["list"][0]["authorizer_appid"] == "wxb1" and "refresh_token" not in page["list"][0]


def info_has_no_refresh_token_until_the_code_is_exchanged():
    with Simulator() as simulator:
        token = simulator.component()
        code = simulator.authorize("wxb1", func_scopes=[4])["authorization_code"]
        def ask(appid):
            return simulator.call("api_get_authorizer_info", token, component_appid="wxc1", authorizer_appid=appid)
        assert ask("wxb1")["authorization_info"] == {
            "authorizer_appid": "wxb1", "authorizer_refresh_token": "",
            "func_info": [{"funcscope_category": {"id": 4}}]}
        assert simulator.tokens()["wxb1"]["authorizer_refresh_token"] is None
        info = simulator.exchange(token, code)["authorization_info"]
        known = ask("wxb1")["authorization_info"]["authorizer_refresh_token"]
        assert known == info["authorizer_refresh_token"] != ""
        assert_errcode(ask("wxb2"), 61003, "component is not authorized by this account")


def what_is_not_as_documented_is_reported():
    with Simulator() as simulator:
        token = simulator.component()
        path = "/cgi-bin/component/api_query_auth"
        good = json.dumps({"component_appid": "wxc1", "authorization_code": "x"})
        def errcode(method, url, body):
            return json.loads(simulator.ask(method, url, body)[1])["errcode"]
        assert errcode("POST", path + "?component_access_token=" + token, good) == 61009
        assert simulator.report()["undocumented_count"] == 0
        assert errcode("POST", path + "?access_token=" + token, "") == 44002
        assert errcode("POST", path + "?access_token=" + token, "{oops") == 47001
        assert errcode("POST", path + "?access_token=" + token, good + "x") == 47001
        assert errcode("POST", path, good) == 41001
        assert errcode("POST", path + "?access_token=" + token + "&x=1", good) == 61009
        assert errcode("PUT", path + "?access_token=" + token, good) == 43002
        assert errcode("POST", path + "?access_token=" + token, '{"authorization_code":"x","a":1}') == 41018
        assert errcode("POST", "/cgi-bin/component/nothing", good) == 40066
        report = simulator.report()
        assert report["undocumented_count"] == len(report["undocumented"]) == 9, report["undocumented"]
        assert token not in json.dumps(report)
        for _ in range(20):
            errcode("POST", path, good)
        report = simulator.report()
        assert report["undocumented_count"] == 29 and len(report["undocumented"]) == 20
        assert all(report["undocumented"])


def a_chunked_body_is_reported_and_read():
    with Simulator() as simulator:
        token = simulator.component()
        body = json.dumps({"component_appid": "wxc1", "authorization_code": "x"}).encode()
        _, text = simulator.ask("POST", "/cgi-bin/component/api_query_auth?access_token=" + token, iter([body]))
        assert json.loads(text)["errcode"] == 61009
        assert simulator.report()["undocumented"] == ["api_query_auth: no Content-Length"]


def an_errcode_fault_befalls_as_often_as_it_says_and_does_not_act():
    with Simulator() as simulator:
        token = simulator.component()
        refresh_token = simulator.adopt(1)["wxa00000"]
        simulator.fault("errcode", errcode=45009, count=2)
        for _ in range(2):
            assert_errcode(simulator.refresh(token, "wxa00000", refresh_token), 45009,
                           "reach max api daily quota limit")
        assert "expires_in" in simulator.refresh(token, "wxa00000", refresh_token)
        report = simulator.report()
        assert report["faults"] == 2 and report["refused"] == {} and report["calls"]["api_authorizer_token"] == 3
        assert simulator.tokens()["wxa00000"]["issued"] == 1


def faults_pick_their_call_and_their_authorizer():
    with Simulator() as simulator:
        token = simulator.component()
        given = simulator.adopt(2)
        codes = [simulator.authorize(appid)["authorization_code"] for appid in given]
        simulator.fault("errcode", call="api_query_auth", authorizer_appid="wxa00001")
        assert "authorization_info" in simulator.exchange(token, codes[0])
        assert_errcode(simulator.exchange(token, codes[1]), -1, "system error")
        assert "expires_in" in simulator.refresh(token, "wxa00001", given["wxa00001"])
        simulator.control("faults", method="DELETE")
        simulator.fault("errcode", call="*", authorizer_appid="wxa00000")
        assert "authorization_info" in simulator.exchange(token, codes[1])
        assert simulator.refresh(token, "wxa00000", given["wxa00000"])["errcode"] == -1


def a_rate_is_a_share_of_the_calls():
    with Simulator() as simulator:
        token = simulator.component()
        refresh_token = simulator.adopt(1)["wxa00000"]
        simulator.fault("errcode", rate=0.25)
        failed = sum("errcode" in simulator.refresh(token, "wxa00000", refresh_token) for _ in range(200))
        assert 25 <= failed <= 75, failed
        assert simulator.report()["faults"] == failed


def bodies_and_statuses_can_be_wrong():
    with Simulator() as simulator:
        token = simulator.component()
        path = "/cgi-bin/component/api_authorizer_token?access_token=" + token
        def ask(fault, **more):
            simulator.control("faults", method="DELETE")
            simulator.fault(fault, **more)
            answer, text = simulator.ask("POST", path, "{}")
            return answer.status, text
        assert ask("http", status=503)[0] == 503
        assert ask("empty") == (200, "")
        status, text = ask("html")
        assert status == 200 and text.startswith("<html>")
        status, text = ask("not_json")
        assert status == 200
        try:
            json.loads(text)
            raise AssertionError("that was JSON")
        except json.JSONDecodeError:
            pass


def a_truncated_reply_ends_early():
    with Simulator() as simulator:
        token = simulator.component()
        refresh_token = simulator.adopt(1)["wxa00000"]
        simulator.fault("truncated")
        try:
            simulator.refresh(token, "wxa00000", refresh_token)
            raise AssertionError("the reply was whole")
        except http.client.IncompleteRead as error:
            assert len(error.partial) == error.expected or abs(len(error.partial) - error.expected) <= 1
        assert simulator.tokens()["wxa00000"]["issued"] == 0


def a_reset_comes_before_or_after_the_act():
    with Simulator() as simulator:
        token = simulator.component()
        refresh_token = simulator.adopt(1)["wxa00000"]
        for fault, issued in (("reset_before", 0), ("reset_after", 1)):
            simulator.fault(fault, count=1)
            assert_reset(simulator.refresh, token, "wxa00000", refresh_token)
            assert simulator.tokens()["wxa00000"]["issued"] == issued


def a_reset_after_spends_the_code():
    with Simulator("--latency-ms", "20") as simulator:
        token = simulator.component()
        code = simulator.authorize("wxb1")["authorization_code"]
        simulator.fault("reset_after", call="api_query_auth", count=1)
        assert_reset(simulator.exchange, token, code)
        assert_errcode(simulator.exchange(token, code), 61009, "code is invalid")


def a_timeout_never_answers_and_ends_with_its_client():
    with Simulator() as simulator:
        token = simulator.component()
        refresh_token = simulator.adopt(1)["wxa00000"]
        for calls, (fault, issued) in enumerate((("timeout", 0), ("timeout_after", 1)), 1):
            simulator.fault(fault, count=1)
            connection = simulator.open_refresh(token, "wxa00000", refresh_token)
            simulator.wait_for_calls(calls)
            assert simulator.report()["in_flight"] == 1
            assert simulator.tokens()["wxa00000"]["issued"] == issued
            connection.settimeout(0.3)
            try:
                connection.recv(1)
                raise AssertionError("there was an answer")
            except TimeoutError:
                pass
            connection.close()
            wait_until(lambda: simulator.report()["in_flight"] == 0)


def calls_of_one_authorizer_at_once_are_found():
    with Simulator("--latency-ms", "200") as simulator:
        token = simulator.component()
        given = simulator.adopt(2)
        hosts = ("one", "two", "two")
        connections = [simulator.open_refresh(token, "wxa00000", given["wxa00000"], host) for host in hosts]
        connections.append(simulator.open_refresh(token, "wxa00001", given["wxa00001"]))
        simulator.wait_for_calls(4)
        for connection in connections:
            assert b"200 OK" in read_to_end(connection)
        report = simulator.report()
        assert report["in_flight"] == 0 and report["in_flight_max"] == 4, report
        assert report["same_authorizer_in_flight_max"] == 3 and report["same_client_in_flight_max"] == 2
        rows = {row["authorizer_appid"]: (row["calls"], row["in_flight_max"]) for row in report["authorizers"]}
        assert rows == {"wxa00000": (3, 3), "wxa00001": (1, 1)}, rows


def a_killed_client_is_not_taken_for_a_second_call_at_once():
    with Simulator("--latency-ms", "5000") as simulator:
        token = simulator.component()
        refresh_token = simulator.adopt(1)["wxa00000"]
        killed = simulator.open_refresh(token, "wxa00000", refresh_token)
        simulator.wait_for_calls(1)
        killed.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        killed.close()
        simulator.control("latency", {"ms": 0})
        assert "expires_in" in simulator.refresh(token, "wxa00000", refresh_token)
        assert simulator.report()["same_authorizer_in_flight_max"] == 1
        assert simulator.tokens()["wxa00000"]["issued"] == 2


def latency_delays_the_reply_and_not_the_act():
    with Simulator("--latency-ms", "300") as simulator:
        token = simulator.component()
        refresh_token = simulator.adopt(1)["wxa00000"]
        start = time.monotonic()
        connection = simulator.open_refresh(token, "wxa00000", refresh_token)
        simulator.wait_for_calls(1)
        assert simulator.tokens()["wxa00000"]["issued"] == 1
        assert b"expires_in" in read_to_end(connection)
        assert time.monotonic() - start >= 0.3


def a_later_call_with_less_latency_is_answered_first():
    def is_first(simulator, token, given):
        simulator.control("latency", {"ms": 240})
        slow = simulator.open_refresh(token, "wxa00000", given["wxa00000"])
        wait_until(lambda: simulator.report()["in_flight"] == 1)
        simulator.control("latency", {"ms": 10})
        quick = simulator.open_refresh(token, "wxa00001", given["wxa00001"])
        ready = select.select([slow, quick], [], [], REPLY_WAIT_S)[0]
        for connection in (slow, quick):
            assert b"expires_in" in read_to_end(connection)
        return ready == [quick]
    with Simulator() as simulator:
        token = simulator.component()
        given = simulator.adopt(2)
        assert any(is_first(simulator, token, given) for _ in range(5))  # a stalled machine may miss it once


def a_thousand_calls_wait_at_once():
    with Simulator("--latency-ms", "2000") as simulator:
        token = simulator.component()
        given = simulator.adopt(900)
        connections = [simulator.open_refresh(token, *item) for item in given.items()]
        simulator.wait_for_calls(900)
        for connection in connections:
            assert b"expires_in" in read_to_end(connection)
        report = simulator.report()
        assert report["same_authorizer_in_flight_max"] == 1 and report["in_flight_max"] >= 500, report["in_flight_max"]


def a_connection_is_kept_for_many_calls():
    with Simulator("--latency-ms", "5") as simulator:
        token = simulator.component()
        refresh_token = simulator.adopt(1)["wxa00000"]
        body = json.dumps({"component_appid": "wxc1", "authorizer_appid": "wxa00000",
                           "authorizer_refresh_token": refresh_token})
        connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=REPLY_WAIT_S)
        with contextlib.closing(connection):
            connection.connect()
            port = connection.sock.getsockname()[1]
            for _ in range(20):
                connection.request("POST", "/cgi-bin/component/api_authorizer_token?access_token=" + token, body)
                assert "expires_in" in json.loads(connection.getresponse().read())
                assert connection.sock.getsockname()[1] == port


def the_end_does_not_wait_for_waiting_calls():
    simulator = Simulator("--latency-ms", "30000")
    with simulator:
        token = simulator.component()
        connection = simulator.open_refresh(token, "wxa00000", simulator.adopt(1)["wxa00000"])
        simulator.wait_for_calls(1)
    assert read_to_end(connection) == b""


def the_control_says_what_is_wrong():
    with Simulator() as simulator:
        simulator.component()
        cases = [
            ("POST", "authorizers", {"component_appid": "wxc9", "prefix": "a", "count": 1}, 400, 'component "wxc9" does not exist'),
            ("POST", "component", {}, 400, 'member "component_appid"'),
            ("POST", "component", {"component_appid": "a/b"}, 400, 'member "component_appid"'),
            ("POST", "authorize", {"component_appid": "wxc1"}, 400, 'member "authorizer_appids"'),
            ("POST", "authorize", {"component_appid": "wxc1", "authorizer_appids": ["a", 1]}, 400, "entry 1"),
            ("POST", "faults", {"call": "x", "fault": "html"}, 400, 'no call is named "x"'),
            ("POST", "faults", {"call": "*", "fault": "x"}, 400, 'no fault is named "x"'),
            ("POST", "faults", {"call": "*", "fault": "html", "rate": 2}, 400, 'member "rate"'),
            ("POST", "latency", {"ms": -1}, 400, 'member "ms"'),
            ("GET", "latency", {}, 405, "no such method here"),
            ("POST", "nothing", {}, 404, "no such path"),
        ]
        for method, path, body, status, reason in cases:
            answer, text = simulator.ask(method, "/simulator/" + path, json.dumps(body))
            assert answer.status == status and reason in json.loads(text)["error"], (path, answer.status, text)
        assert simulator.ask("POST", "/simulator/latency", "[")[0].status == 400
        assert simulator.report()["authorizers"] == []


def wrong_options_are_refused():
    for options in (["--port", "x"], ["--port", "70000"], ["--nothing"], ["word"]):
        done = subprocess.run([BINARY, *options], capture_output=True, text=True, check=False)
        assert done.returncode == 64 and done.stderr.count("usage:") == 1, options


def many_clients_get_each_their_own_answer():
    with Simulator("--latency-ms", "3") as simulator:
        token = simulator.component()
        given = simulator.adopt(8)
        got = {}
        def work(appid, refresh_token):
            got[appid] = [simulator.refresh(token, appid, refresh_token)["authorizer_access_token"]
                          for _ in range(25)]
        threads = [threading.Thread(target=work, args=item) for item in given.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rows = simulator.tokens()
        for appid, tokens in got.items():
            assert len(set(tokens)) == 25 and rows[appid]["authorizer_access_token"] == tokens[-1]
            assert rows[appid]["issued"] == 25


def run(test):
    try:
        test()
    except Exception:  # a test that fails must not end the others
        print(f"not ok {test.__name__}", flush=True)
        traceback.print_exc()
        return False
    print(f"ok {test.__name__}", flush=True)
    return True


HELPERS = {"assert_errcode", "assert_reset", "wait_until", "read_to_end", "run", "main"}


def main():
    global BINARY
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    BINARY = sys.argv[1]
    wanted = sys.argv[2:]
    tests = [thing for name, thing in globals().items()
             if callable(thing) and getattr(thing, "__module__", "") == "__main__"
             and not isinstance(thing, type) and name not in HELPERS]
    results = [run(test) for test in tests if not wanted or test.__name__ in wanted]
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main()
