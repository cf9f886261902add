"""Scripted faults: what arrives, and whether WeChat acted."""

import http.client
import json

from running import Simulator, assert_errcode, assert_reset, main, wait_until


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


main(globals())
