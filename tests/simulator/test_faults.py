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


LATE = ({"fault": "timeout_after"}, {"fault": "reset_after"}, {"fault": "http", "status": 504})


def _give_up(simulator, name, token, **members):
    """Calls, and leaves as soon as the call has arrived."""
    before = sum(simulator.report()["calls"].values())
    connection = simulator.open_call(name, token, **members)
    simulator.wait_for_calls(before + 1)
    connection.close()


def _give_up_refresh(simulator, token, appid, refresh_token):
    _give_up(simulator, "api_authorizer_token", token, authorizer_appid=appid, authorizer_refresh_token=refresh_token)


def a_call_that_was_given_up_is_acted_on_after_those_that_came_later():
    for fault in LATE:
        with Simulator("--now", "1700000000") as simulator:
            token = simulator.component()
            refresh_token = simulator.adopt(1)["wxa00000"]
            simulator.fault(**fault, acts_after_ms=5000, count=1)
            _give_up_refresh(simulator, token, "wxa00000", refresh_token)
            simulator.control("clock", {"advance_s": 4})
            answered = simulator.refresh(token, "wxa00000", refresh_token)["authorizer_access_token"]
            report = simulator.report()
            assert (report["late_acts"], report["late_acts_to_come"]) == (0, 1), fault
            assert simulator.tokens()["wxa00000"]["authorizer_access_token"] == answered

            simulator.control("clock", {"advance_s": 1})
            row, report = simulator.tokens()["wxa00000"], simulator.report()
            assert (report["late_acts"], report["late_acts_to_come"]) == (1, 0), fault
            assert row["issued"] == 2 and row["authorizer_access_token"] != answered and row["reply"] == "lost", row
            assert report["authorizers"][0]["lost"] == 1 and report["in_flight"] == 0
            asked = {"component_appid": "wxc1", "authorizer_appid": "wxa00000", "authorizer_access_token": answered}
            simulator.control("clock", {"advance": "4m59s"})
            assert simulator.control("token_state", asked)["state"] == "overlapping"
            simulator.control("clock", {"advance_s": 1})
            assert simulator.control("token_state", asked)["state"] == "superseded"


def what_the_client_gets_instead_has_nothing_of_a_late_act():
    with Simulator("--now", "1700000000") as simulator:
        token = simulator.component()
        refresh_token = simulator.adopt(1)["wxa00000"]
        simulator.fault("reset_after", acts_after_ms=1000, count=1)
        assert_reset(simulator.refresh, token, "wxa00000", refresh_token)
        simulator.fault("http", status=504, acts_jitter_ms=1000, count=1)
        path = "/cgi-bin/component/api_authorizer_token?access_token=" + token
        body = {"component_appid": "wxc1", "authorizer_appid": "wxa00000", "authorizer_refresh_token": refresh_token}
        answer, text = simulator.ask("POST", path, json.dumps(body))
        assert answer.status == 504 and text.startswith("<html>")
        assert simulator.tokens()["wxa00000"]["issued"] == 0
        simulator.control("clock", {"advance_s": 2})
        assert simulator.tokens()["wxa00000"]["issued"] == 2


def _order_of_late_acts(seed):
    """Twenty calls are given up, each for another account. Returns the accounts that were acted on in each second."""
    with Simulator("--now", "1700000000", "--seed", seed) as simulator:
        token, given = simulator.component(), simulator.adopt(20)
        simulator.fault("timeout_after", acts_after_ms=1000, acts_jitter_ms=20000)
        for item in given.items():
            _give_up_refresh(simulator, token, *item)
        simulator.control("faults", method="DELETE")
        order = []
        for _ in range(21):
            simulator.control("clock", {"advance_s": 1})
            acted = {appid for appid, row in simulator.tokens().items() if row["issued"]}
            order.append(sorted(acted - set().union(*order)))
        assert simulator.report()["late_acts"] == 20 and sum(map(len, order)) == 20, order
        return order


def late_acts_come_in_an_order_that_the_seed_draws():
    first = _order_of_late_acts("1")
    assert first == _order_of_late_acts("1") != _order_of_late_acts("2")
    appids = [appid for acted in first for appid in acted]
    assert appids != sorted(appids) and len([acted for acted in first if acted]) > 5, first


def a_late_act_obeys_the_rules_of_its_own_moment():
    with Simulator("--now", "1700000000") as simulator:
        token = simulator.component()
        code = simulator.authorize("wxb1")["authorization_code"]
        refresh_token = simulator.adopt(1)["wxa00000"]
        simulator.fault("timeout_after", call="*", acts_after_ms=2000, count=2)
        _give_up_refresh(simulator, token, "wxa00000", refresh_token)
        _give_up(simulator, "api_query_auth", token, authorization_code=code)
        simulator.unauthorize("wxa00000")
        assert "authorization_info" in simulator.exchange(token, code)
        simulator.control("clock", {"advance_s": 3600})
        report = simulator.report()
        assert report["late_acts"] == 2 and report["refused"] == {"61003": 1, "61009": 1}, report
        assert report["codes_exchanged_twice"] == 1


def only_what_says_nothing_of_the_act_can_act_late():
    with Simulator() as simulator:
        for wrong in ({"fault": "reset_before"}, {"fault": "timeout"}, {"fault": "truncated", "acts": True},
                      {"fault": "any_hostile"}, {"fault": "bom"}, {"fault": "http", "acts": False},
                      {"fault": "http", "acts_jitter_ms": -1}, {"fault": "http", "acts_after_ms": "soon"}):
            answer, text = simulator.ask("POST", "/simulator/faults", json.dumps({"acts_after_ms": 5} | wrong))
            assert answer.status == 400 and "error" in json.loads(text), wrong


def a_simulator_ends_with_acts_to_come():
    with Simulator() as simulator:
        token, given = simulator.component(), simulator.adopt(1)
        simulator.fault("timeout_after", acts_after_ms=3600000)
        _give_up_refresh(simulator, token, "wxa00000", given["wxa00000"])
        assert simulator.report()["late_acts_to_come"] == 1


main(globals())
