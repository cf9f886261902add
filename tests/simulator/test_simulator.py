"""WeChat's calls are answered according to WeChat's rules."""

import json

from running import Simulator, assert_errcode, main


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
                       "authorizer_refresh_token": refresh_token, "issued": 1, "reply": "delivered"}, row


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
        newer = simulator.component(overlap_s=0)
        assert simulator.refresh(new, "wxa00000", refresh_token)["errcode"] == 40001
        assert "expires_in" in simulator.refresh(newer, "wxa00000", refresh_token)
        newest = simulator.component(overlap_s=1000)
        simulator.control("clock", {"advance_s": 990})
        assert "expires_in" in simulator.refresh(newer, "wxa00000", refresh_token)
        simulator.control("clock", {"advance_s": 10})
        assert simulator.refresh(newer, "wxa00000", refresh_token)["errcode"] == 40001
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
        assert report["undocumented_count"] == len(report["undocumented_requests"]) == 9, report["undocumented_requests"]
        assert token not in json.dumps(report)
        for _ in range(20):
            errcode("POST", path, good)
        report = simulator.report()
        assert report["undocumented_count"] == 29 and len(report["undocumented_requests"]) == 20
        assert all(report["undocumented_requests"])


def a_chunked_body_is_reported_and_read():
    with Simulator() as simulator:
        token = simulator.component()
        body = json.dumps({"component_appid": "wxc1", "authorization_code": "x"}).encode()
        _, text = simulator.ask("POST", "/cgi-bin/component/api_query_auth?access_token=" + token, iter([body]))
        assert json.loads(text)["errcode"] == 61009
        assert simulator.report()["undocumented_requests"] == ["api_query_auth: no Content-Length"]


def api_start_push_ticket_says_whether_it_was_needed():
    with Simulator() as simulator:
        simulator.component(component_appsecret="s3cret")
        def start(**body):
            return json.loads(simulator.ask("POST", "/cgi-bin/component/api_start_push_ticket", json.dumps(body))[1])
        right = {"component_appid": "wxc1", "component_secret": "s3cret"}
        assert start(**right) == {"errcode": 0, "errmsg": "ok"}
        assert start(**right) == {"errcode": 0, "errmsg": "in a normal state"}
        assert_errcode(start(**{**right, "component_appid": "wxc9"}), 40013, "invalid appid")
        assert_errcode(start(**{**right, "component_secret": "x"}), 40125, "invalid appsecret")
        assert_errcode(start(component_appid="wxc1"), 41004, "appsecret missing")
        assert_errcode(start(component_secret="s3cret"), 41002, "appid missing")
        assert simulator.report()["calls"]["api_start_push_ticket"] == 6


def _exchange_twice(simulator):
    """Tokens of a code's first and second exchange."""
    token = simulator.component()
    code = simulator.authorize("wxb1")["authorization_code"]
    first = simulator.exchange(token, code)["authorization_info"]
    second = simulator.exchange(token, code)
    return first, second.get("authorization_info", second)


def a_code_sent_again_is_refused_by_the_first_rule():
    with Simulator() as simulator:
        simulator.component()
        simulator.control("replay", {"rule": "refused"})
        _, second = _exchange_twice(simulator)
        assert_errcode(second, 61009, "code is invalid")


def a_code_sent_again_brings_a_new_access_token_by_the_second_rule():
    with Simulator() as simulator:
        simulator.component()
        assert simulator.control("replay", {"rule": "new_access_token"}) == {"rule": "new_access_token"}
        first, second = _exchange_twice(simulator)
        assert first["authorizer_access_token"] != second["authorizer_access_token"]
        assert first["authorizer_refresh_token"] == second["authorizer_refresh_token"]
        assert simulator.report()["codes_exchanged_twice"] == 1


def a_code_sent_again_brings_a_new_pair_by_the_third_rule():
    with Simulator() as simulator:
        token = simulator.component()
        simulator.control("replay", {"rule": "new_token_pair", "component_appid": "wxc1"})
        first, second = _exchange_twice(simulator)
        assert first["authorizer_access_token"] != second["authorizer_access_token"]
        assert first["authorizer_refresh_token"] != second["authorizer_refresh_token"]
        assert "expires_in" in simulator.refresh(token, "wxb1", first["authorizer_refresh_token"])
        simulator.control("clock", {"advance_s": 301})
        token = simulator.component()
        assert simulator.refresh(token, "wxb1", first["authorizer_refresh_token"])["errcode"] == 61023
        assert "expires_in" in simulator.refresh(token, "wxb1", second["authorizer_refresh_token"])


def a_rule_for_codes_may_be_one_components_own():
    for order in (("wxc1", "wxc2"), ("wxc2",)):
        with Simulator() as simulator:
            for appid in order:
                simulator.component(appid)
            simulator.control("replay", {"rule": "new_token_pair", "component_appid": "wxc2"})
            simulator.component()
            assert _exchange_twice(simulator)[1]["errcode"] == 61009
    with Simulator() as simulator:
        simulator.control("replay", {"rule": "new_access_token"})  # of components to come
        assert "authorizer_access_token" in _exchange_twice(simulator)[1]


def no_rule_revives_a_code_that_expired_or_whose_authorization_ended():
    for rule in ("refused", "new_access_token", "new_token_pair"):
        with Simulator() as simulator:
            token = simulator.component()
            simulator.control("replay", {"rule": rule})
            code = simulator.authorize("wxb1")["authorization_code"]
            assert "authorization_info" in simulator.exchange(token, code)
            simulator.control("clock", {"advance_s": 3601})
            assert simulator.exchange(token, code)["errcode"] == 61010
            code = simulator.authorize("wxb1")["authorization_code"]
            assert "authorization_info" in simulator.exchange(token, code)
            simulator.unauthorize("wxb1")
            simulator.authorize("wxb1")
            assert simulator.exchange(token, code)["errcode"] == 61009


def wrong_requests_get_the_errors_of_wechat():
    with Simulator() as simulator:
        token = simulator.component()
        simulator.component("wxc2")
        query, info = "api_query_auth?access_token=" + token, "api_get_authorizer_info?access_token=" + token
        code = {"authorization_code": "x"}
        cases = [
            ("POST", "api_nothing", "{}", 40066, "invalid url"),
            ("GET", query, None, 43002, "require POST method"),
            ("DELETE", query, "{}", 43002, "require POST method"),
            ("POST", query, "", 44002, "empty post data"),
            ("POST", query, "[]", 47001, "data format error"),
            ("POST", query, "{" * 100, 47001, "data format error"),
            ("POST", query, b'{"component_appid":"\xff"}', 47001, "data format error"),
            ("POST", "api_query_auth", "{}", 41001, "access_token missing"),
            ("POST", query, "{}", 41018, "missing component_appid"),
            ("POST", query, json.dumps({"component_appid": 7, **code}), 41018, "missing component_appid"),
            ("POST", query, json.dumps({"component_appid": "wxc2", **code}), 40013, "invalid appid"),
            ("POST", query, json.dumps({"component_appid": "wxc9", **code}), 61011, "invalid component"),
            ("POST", query, json.dumps({"component_appid": "wxc1"}), 61009, "code is invalid"),
            ("POST", info, json.dumps({"component_appid": "wxc1"}), 41002, "appid missing"),
        ]
        for method, path, body, errcode, text in cases:
            answer, reply = simulator.ask(method, "/cgi-bin/component/" + path, body)
            assert answer.status == 200, path
            assert_errcode(json.loads(reply), errcode, text)
        assert_errcode(json.loads(simulator.ask("GET", "/")[1]), 40066, "invalid url")


main(globals())
