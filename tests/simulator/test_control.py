"""The control API: clock, quotas, and what it refuses."""

import json

from running import Simulator, assert_errcode, main


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
            ("POST", "faults", {"call": "api_authorizer_token", "fault": "wrong_appid"}, 400, "cannot befall"),
            ("POST", "faults", {"call": "*", "fault": "bom", "acts": False}, 400, 'fault "bom" acts always'),
            ("POST", "faults", {"call": "*", "fault": "member"}, 400, 'member "member"'),
            ("POST", "faults", {"call": "*", "fault": "errcode", "errcode": "x"}, 400, "is no errcode"),
            ("POST", "faults", {"call": "*", "fault": "token_length", "size": 0}, 400, 'member "size"'),
            ("POST", "faults", {"fault": "any_odd", "without": ["html"]}, 400, 'member "without"'),
            ("POST", "faults", {"fault": "bom", "without": []}, 400, 'member "without"'),
            ("POST", "quota", {"component_appid": "wxc1", "per_day": -1}, 400, 'member "per_day"'),
            ("POST", "quota", {"component_appid": "wxc1", "call": "x"}, 400, 'no call is named "x"'),
            ("POST", "replay", {"rule": "x"}, 400, 'member "rule"'),
            ("POST", "component", {"component_appid": "wxc1", "component_access_token": "a\0b"}, 400, "must be a line"),
            ("POST", "latency", {"ms": -1}, 400, 'member "ms"'),
            ("GET", "latency", {}, 405, "no such method here"),
            ("POST", "nothing", {}, 404, "no such path"),
        ]
        for method, path, body, status, reason in cases:
            answer, text = simulator.ask(method, "/simulator/" + path, json.dumps(body))
            assert answer.status == status and reason in json.loads(text)["error"], (path, answer.status, text)
        assert simulator.ask("POST", "/simulator/latency", "[")[0].status == 400
        assert simulator.report()["authorizers"] == []


def a_member_that_is_not_known_is_refused():
    with Simulator() as simulator:
        answer, text = simulator.ask("POST", "/simulator/clock", json.dumps({"advance_ms": 5}))
        assert answer.status == 400 and json.loads(text)["error"] == 'there is no member "advance_ms" here'


def the_clock_is_advanced_by_words():
    with Simulator() as simulator:
        before = simulator.control("clock")["now"]
        assert 0 <= simulator.control("clock", {"advance": "1d2h3m4s"})["now"] - before - 93784 <= 2
        for wrong in ("2", "h", "2h3", "-2h", "2w", "999999999999d"):
            answer, text = simulator.ask("POST", "/simulator/clock", json.dumps({"advance": wrong}))
            assert answer.status == 400 and "duration" in text, wrong


def a_clock_that_stands_makes_two_runs_the_same():
    def run():
        with Simulator("--now", "1700000000", "--seed", "3") as simulator:
            token = simulator.component()
            seen = [simulator.authorize("wxb1"), simulator.refresh(token, "wxb1", "x")]
            seen.append(simulator.control("clock", {"advance": "2h"}))
            return seen + [simulator.refresh(token, "wxb1", "x")]
    seen = run()
    assert seen[0]["create_time"] == 1700000000 and seen[2] == {"now": 1700007200, "stopped": True}
    assert seen[3]["errcode"] == 42001 and seen == run()


def the_clock_can_be_set_stopped_and_let_go():
    with Simulator() as simulator:
        assert simulator.control("clock", {"now": 4000000000, "stopped": True})["now"] == 4000000000
        assert simulator.control("clock", {"advance_s": 60}) == {"now": 4000000060, "stopped": True}
        answer, text = simulator.ask("POST", "/simulator/clock", json.dumps({"now": 4000000000}))
        assert answer.status == 400 and 'member "now"' in json.loads(text)["error"]
        going = simulator.control("clock", {"stopped": False})
        assert going["stopped"] is False and 0 <= going["now"] - 4000000060 <= 2


def _quota(simulator, call="api_authorizer_token", **more):
    return simulator.control("quota", {"component_appid": "wxc1", "call": call, **more})["quotas"]


def a_minute_quota_refuses_until_a_minute_has_passed():
    with Simulator("--now", "1700000000") as simulator:
        token, given = simulator.component(), simulator.adopt(1)
        _quota(simulator, per_minute=2)
        for _ in range(2):
            for _ in range(2):
                assert "expires_in" in simulator.refresh(token, "wxa00000", given["wxa00000"])
                simulator.control("clock", {"advance_s": 20})
            for _ in range(3):
                assert_errcode(simulator.refresh(token, "wxa00000", given["wxa00000"]), 45011,
                               "api minute-quota reach limit, must slower, retry next minute")
            simulator.control("clock", {"advance_s": 19})
            assert simulator.refresh(token, "wxa00000", given["wxa00000"])["errcode"] == 45011
            simulator.control("clock", {"advance_s": 1})
        assert simulator.report()["refused"] == {"45011": 8}
        assert simulator.tokens()["wxa00000"]["issued"] == 4


def a_day_quota_refuses_until_a_day_has_passed():
    with Simulator("--now", "1700000000") as simulator:
        token, given = simulator.component(expires_in=1000000), simulator.adopt(1)
        _quota(simulator, per_day=1)
        assert "expires_in" in simulator.refresh(token, "wxa00000", given["wxa00000"])
        assert_errcode(simulator.refresh(token, "wxa00000", given["wxa00000"]), 45009,
                       "reach max api daily quota limit")
        simulator.control("clock", {"advance_s": 86399})
        assert simulator.refresh(token, "wxa00000", given["wxa00000"])["errcode"] == 45009
        simulator.control("clock", {"advance_s": 1})
        assert "expires_in" in simulator.refresh(token, "wxa00000", given["wxa00000"])


def every_call_of_every_component_has_a_quota_of_its_own():
    with Simulator("--now", "1700000000") as simulator:
        token, other, given = simulator.component(), simulator.component("wxc2"), simulator.adopt(1)
        _quota(simulator, "*", per_day=1)
        code = simulator.authorize("wxb1")["authorization_code"]
        def info():
            return simulator.call("api_get_authorizer_info", token, component_appid="wxc1", authorizer_appid="wxb1")
        assert "expires_in" in simulator.refresh(token, "wxa00000", given["wxa00000"])
        assert "authorization_info" in simulator.exchange(token, code)
        assert "authorization_info" in info()
        assert info()["errcode"] == simulator.exchange(token, code)["errcode"] == 45009
        for _ in range(2):
            answer = simulator.call("api_get_authorizer_list", other, component_appid="wxc2", offset=0, count=1)
            assert answer["total_count"] == 0
        rows = {row["call"]: row for row in simulator.report()["quotas"]}
        assert rows["api_get_authorizer_info"] == {
            "component_appid": "wxc1", "call": "api_get_authorizer_info", "per_day": 1, "per_minute": None,
            "used_this_day": 1, "used_this_minute": 1, "refused": 1}, rows
        assert len(rows) == 6 and rows["api_component_token"]["used_this_day"] == 0


def a_quota_is_lifted_or_cleared():
    with Simulator("--now", "1700000000") as simulator:
        token, given = simulator.component(), simulator.adopt(1)
        def ask():
            return simulator.refresh(token, "wxa00000", given["wxa00000"]).get("errcode")
        _quota(simulator, per_day=1, per_minute=1)
        assert [ask(), ask()] == [None, 45009]
        assert _quota(simulator, clear=True)[0]["used_this_day"] == 0
        assert [ask(), ask()] == [None, 45009]
        assert _quota(simulator, per_day=None)[0]["per_minute"] == 1
        assert ask() == 45011
        _quota(simulator, "*", per_minute=None)
        assert ask() is None and simulator.report()["quotas"] == []
        assert len(_quota(simulator, per_day=0)) == 1
        assert ask() == 45009
        assert [row["call"] for row in simulator.report()["quotas"]] == ["api_authorizer_token"]


def what_is_refused_for_its_form_does_not_count_against_a_quota():
    with Simulator("--now", "1700000000") as simulator:
        token, given = simulator.component(), simulator.adopt(1)
        _quota(simulator, per_day=1)
        assert simulator.refresh("wrong", "wxa00000", given["wxa00000"])["errcode"] == 40001
        assert simulator.call("api_authorizer_token", token, component_appid="wxc1")["errcode"] == 41002
        simulator.fault("errcode", count=1)
        assert simulator.refresh(token, "wxa00000", given["wxa00000"])["errcode"] == -1
        assert simulator.refresh(token, "wxnobody", "x")["errcode"] == 61003
        assert simulator.refresh(token, "wxa00000", given["wxa00000"])["errcode"] == 45009


main(globals())
