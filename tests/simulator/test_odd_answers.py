"""Answers that are odd or hostile: each kind of fault, byte by byte, and whether WeChat acted."""

import contextlib
import json
import re
import socket

from running import REPLY_WAIT_S, Simulator, main

TOKEN_CALLS = ("api_authorizer_token", "api_query_auth")
APPID_CALLS = ("api_query_auth", "api_get_authorizer_info")


class Scene:
    """A simulator with one component and one account, and calls whose replies are kept as bytes."""

    def __init__(self, simulator):
        self.simulator = simulator
        self.token = simulator.component()
        self.refresh_token = simulator.adopt(1)["wxa00000"]

    def body_of(self, call):
        if call == "api_query_auth":
            return {"authorization_code": self.simulator.authorize("wxa00000")["authorization_code"]}
        if call == "api_authorizer_token":
            return {"authorizer_appid": "wxa00000", "authorizer_refresh_token": self.refresh_token}
        return {"authorizer_appid": "wxa00000"}

    def path(self, call):
        return f"/cgi-bin/component/{call}?access_token={self.token}"

    def ask(self, call, fault=None, **more):
        """The HTTP answer and its body; the fault befalls once."""
        body = json.dumps({"component_appid": "wxc1", **self.body_of(call)})
        if fault:
            self.simulator.clear_faults()
            self.simulator.fault(fault, call=call, count=1, **more)
        return self.simulator.ask_bytes("POST", self.path(call), body)

    def ask_raw(self, fault, **more):
        """Every byte that arrives, and whether the connection was reset."""
        self.simulator.clear_faults()
        self.simulator.fault(fault, count=1, **more)
        connection = self.simulator.open_refresh(self.token, "wxa00000", self.refresh_token)
        got = b""
        with connection:
            try:
                while part := connection.recv(65536):
                    got += part
            except ConnectionResetError:
                return got, True
        return got, False

    def issued(self):
        return self.simulator.tokens()["wxa00000"]


def _scene(test):
    """Runs the test with a scene of its own."""
    def run():
        with Simulator() as simulator:
            test(Scene(simulator))
    run.__name__, run.__module__ = test.__name__, "__main__"
    return run


def _data(body):
    """The answer's members, wherever they are."""
    read = json.loads(body)
    return read.get("authorization_info", read)


def _is_true(scene, data):
    """Whether it says what was issued last."""
    issued = scene.issued()
    return all(data[name] == issued[name] for name in ("authorizer_access_token", "authorizer_refresh_token"))


@_scene
def numbers_can_come_as_text(scene):
    for call in TOKEN_CALLS:
        _, body = scene.ask(call, "numbers_as_text")
        assert _data(body)["expires_in"] == "7200" and _is_true(scene, _data(body)), body
        assert re.search(rb"[:,\[]-?[0-9]", body) is None, body
    scene.refresh_token = "wrong"
    _, body = scene.ask("api_authorizer_token", "numbers_as_text")
    assert json.loads(body)["errcode"] == "61023"


@_scene
def an_errcode_can_come_as_text(scene):
    _, body = scene.ask("api_authorizer_token", "errcode", errcode="45009")
    assert json.loads(body)["errcode"] == "45009" and scene.issued()["issued"] == 0


@_scene
def errcode_zero_can_stand_beside_data(scene):
    for call in TOKEN_CALLS:
        for fault, zero in (("errcode_zero", 0), ("errcode_zero_text", "0")):
            _, body = scene.ask(call, fault)
            read = json.loads(body)
            assert (read["errcode"], read["errmsg"]) == (zero, "ok") and _is_true(scene, _data(body))
    scene.refresh_token = "wrong"
    _, body = scene.ask("api_authorizer_token", "errcode_zero")
    assert json.loads(body)["errcode"] == 61023 and body.count(b"errcode") == 1


@_scene
def status_and_content_type_can_be_others(scene):
    cases = {"created": (201, "application/json; encoding=utf-8"), "plain_text": (200, "text/plain"),
             "html_type": (200, "text/html; charset=gbk"), "no_type": (200, None)}
    for fault, wanted in cases.items():
        answer, body = scene.ask("api_authorizer_token", fault)
        assert (answer.status, answer.getheader("Content-Type")) == wanted, fault
        assert _is_true(scene, json.loads(body)), fault


@_scene
def a_byte_order_mark_and_blanks_can_stand_around(scene):
    _, body = scene.ask("api_authorizer_token", "bom")
    assert body.startswith(b"\xef\xbb\xbf{") and _is_true(scene, json.loads(body[3:]))
    _, body = scene.ask("api_authorizer_token", "blanks")
    assert body != body.lstrip() != body.strip() and _is_true(scene, json.loads(body))


@_scene
def members_can_be_unknown_at_every_depth(scene):
    _, body = scene.ask("api_query_auth", "unknown_members")
    read = json.loads(body)
    assert "unknown" in read and "unknown" in read["authorization_info"]
    assert "unknown" in read["authorization_info"]["func_info"][0]["funcscope_category"]
    assert "errcode" not in read and _is_true(scene, _data(body))


@_scene
def members_can_come_twice_the_last_right(scene):
    for call in TOKEN_CALLS:
        _, body = scene.ask(call, "twice")
        assert body.count(b'"authorizer_access_token":') == 2 == body.count(b'"expires_in":')
        assert body.index(b"71_wrong") < body.index(scene.issued()["authorizer_access_token"].encode())
        assert _data(body)["expires_in"] == 7200 and _is_true(scene, _data(body))


@_scene
def strings_can_be_all_escapes(scene):
    _, body = scene.ask("api_query_auth", "escaped")
    assert b"\\u0061" in body and b"wxa" not in body and _is_true(scene, _data(body))


@_scene
def expires_in_can_be_absurd(scene):
    seen = {re.search(rb'"expires_in":([^,]*),', body + b",") and re.search(rb'"expires_in":([^,]*),', body).group(1)
            for body in (scene.ask("api_authorizer_token", "expires_in")[1] for _ in range(200))}
    assert {b"0", b"-1", b"null", b"1e18", b"7199.5", b'"soon"', None} <= seen, seen
    assert scene.issued()["issued"] == 200


@_scene
def func_info_can_have_odd_entries_among_the_right_ones(scene):
    shapes = set()
    for _ in range(60):
        info = _data(scene.ask("api_query_auth", "func_info")[1])["func_info"]
        ids = [entry["funcscope_category"]["id"] for entry in info
               if isinstance(entry, dict) and isinstance(entry.get("funcscope_category"), dict)
               and isinstance(entry["funcscope_category"].get("id"), int)]
        assert ids == [1, 15, 4, 7, 2, 3, 11] and len(info) > len(ids), info
        shapes.add(json.dumps(info))
    assert len(shapes) == 5


@_scene
def a_token_can_have_any_length(scene):
    for call in TOKEN_CALLS:
        for size in (1, 157, 158, 512, 4096, 4097, 65535):
            data = _data(scene.ask(call, "token_length", size=size)[1])
            assert len(data["authorizer_access_token"]) == size and _is_true(scene, data)
            body = {"component_appid": "wxc1", "authorizer_appid": "wxa00000"}
            for token, state in ((data["authorizer_access_token"], "latest"),
                                 (data["authorizer_access_token"][:-1] or "x", "unknown")):
                told = scene.simulator.control("token_state", {**body, "authorizer_access_token": token})
                assert told == {"state": state}, size
    sizes = {len(_data(scene.ask("api_authorizer_token", "token_length")[1])["authorizer_access_token"])
             for _ in range(40)}
    assert sizes == {1, 512, 4096}


@_scene
def a_refresh_token_can_have_any_length_and_works(scene):
    for call in TOKEN_CALLS:
        for size in (1, 512, 4097):
            data = _data(scene.ask(call, "refresh_token_length", size=size)[1])
            assert len(data["authorizer_refresh_token"]) == size and _is_true(scene, data)
            scene.refresh_token = data["authorizer_refresh_token"]
            again = _data(scene.ask("api_authorizer_token")[1])
            assert again["authorizer_refresh_token"] == scene.refresh_token


@_scene
def a_member_can_have_any_value_or_be_missing(scene):
    def ask(call, member, **more):
        return _data(scene.ask(call, "member", member=member, acts=True, **more)[1])
    for value in (None, "", 0, [], {"a": [1]}, True, 7200.5, "x" * 1000):
        for member in ("expires_in", "authorizer_refresh_token", "func_info"):
            assert ask("api_query_auth", member, value=value)[member] == value
    for member in ("authorizer_access_token", "expires_in", "authorizer_refresh_token"):
        answer = ask("api_authorizer_token", member)
        assert member not in answer and len(answer) == 2
    assert "func_info" not in ask("api_query_auth", "func_info")
    assert ask("api_authorizer_token", "errcode", value="40001")["errcode"] == "40001"
    _, body = scene.ask("api_authorizer_token", "member", member="expires_in", value=1e18)
    assert b'"expires_in":1e+18,' in body or b'"expires_in":1e18,' in body, body
    assert not _is_true(scene, json.loads(body)), "without acts the tokens are nobody's"


@_scene
def another_appid_than_the_one_asked_for_can_come(scene):
    for call in APPID_CALLS:
        issued = scene.issued()["issued"]
        assert _data(scene.ask(call, "wrong_appid")[1])["authorizer_appid"] == "wxa00001"
        assert scene.issued()["issued"] == issued
    data = _data(scene.ask("api_query_auth", "wrong_appid", acts=True)[1])
    assert data["authorizer_appid"] == "wxa00001" and _is_true(scene, data)


@_scene
def a_token_can_have_a_nul_or_no_utf8_in_it(scene):
    for call in TOKEN_CALLS:
        for fault, inside in (("token_nul", b"\0"), ("token_escaped_nul", b"\\u0000"), ("token_bad_utf8", b"\xc3(")):
            _, body = scene.ask(call, fault, acts=True)
            token = re.search(rb'"authorizer_access_token":"([^"]*)"', body).group(1)
            assert inside in token
            assert token.replace(inside, b"").decode() == scene.issued()["authorizer_access_token"]


@_scene
def an_unrelated_text_can_have_a_nul_or_no_utf8_in_it(scene):
    for call in TOKEN_CALLS + APPID_CALLS:
        for fault, inside in (("text_nul", b"\0"), ("text_escaped_nul", b"\\u0000"), ("text_bad_utf8", b"\xc3(")):
            _, body = scene.ask(call, fault)
            assert body.count(inside) == 1 and body.startswith(b'{"text":"')
            text = re.sub(rb'^{"text":"[^"]*",', b"{", body)
            assert "authorizer_refresh_token" in _data(text)


@_scene
def a_body_can_be_larger_than_anybody_takes(scene):
    _, body = scene.ask("api_authorizer_token", "oversize")
    assert len(body) > 4 << 20 and _is_true(scene, json.loads(body))
    _, body = scene.ask("api_authorizer_token", "oversize", size=65536)
    assert 65536 < len(body) < 70000
    _, body = scene.ask("api_authorizer_token", "oversize_junk", size=3 << 20)
    assert body == b"x" * (3 << 20)


@_scene
def lists_can_be_ten_thousand_deep(scene):
    _, body = scene.ask("api_authorizer_token", "deep_nesting")
    assert b"[" * 10000 + b"]" * 10000 in body
    assert _is_true(scene, json.loads(re.sub(rb"\[+\]+", b"0", body)))
    _, body = scene.ask("api_authorizer_token", "deep_nesting", size=33)
    assert b'"deep":' + b"[" * 33 + b"]" * 33 + b"," in body


@_scene
def json_can_be_no_object(scene):
    seen = {scene.ask("api_authorizer_token", "not_object")[1] for _ in range(60)}
    assert seen == {b"[]", b"null", b'"ok"', b"0", b"true", b"[{}]"}


@_scene
def a_body_can_be_cut_at_any_byte(scene):
    _, whole = scene.ask("api_authorizer_token", "cut", at=100000, acts=True)
    assert _is_true(scene, json.loads(whole))
    for at in range(len(whole)):
        answer, body = scene.ask("api_authorizer_token", "cut", at=at)
        assert len(body) == at == int(answer.getheader("Content-Length"))
    assert len({len(scene.ask("api_authorizer_token", "cut")[1]) for _ in range(30)}) > 10


@_scene
def a_body_can_be_truncated_at_any_byte(scene):
    whole, _ = scene.ask_raw("bom")
    size = len(whole.split(b"\r\n\r\n", 1)[1]) - 3
    for at in (0, 1, 50, size - 1):
        got, reset = scene.ask_raw("truncated", at=at)
        head, body = got.split(b"\r\n\r\n", 1)
        assert len(body) == at and not reset and b"Content-Length: %d" % size in head, (at, got)


@_scene
def a_reply_can_be_reset_at_any_byte_after_the_act(scene):
    whole, reset = scene.ask_raw("reset_at", at=1000000)
    head, body = whole.split(b"\r\n\r\n", 1)
    assert reset and head.startswith(b"HTTP/1.1 200 OK\r\n") and _is_true(scene, json.loads(body))
    for at in [*range(0, len(whole), 7), len(whole) - 1]:
        issued = scene.issued()["issued"]
        got, reset = scene.ask_raw("reset_at", at=at)
        assert reset and len(got) == at and got.startswith(b"HTTP/1.1 200 OK"[:at]), (at, got)
        assert scene.issued()["issued"] == issued + 1 and scene.issued()["reply"] == "lost"
    assert len({len(scene.ask_raw("reset_at")[0]) for _ in range(30)}) > 10


@_scene
def a_hostile_answer_acts_if_the_script_says_so(scene):
    for fault in ("http", "empty", "html", "not_json", "not_object", "cut", "oversize_junk", "token_nul"):
        for acts in (False, True):
            issued = scene.issued()["issued"]
            scene.ask("api_authorizer_token", fault, acts=acts)
            assert scene.issued()["issued"] == issued + acts, (fault, acts)


@_scene
def tokens_of_an_act_that_never_was_are_nobodys(scene):
    secrets = scene.simulator.ask("GET", "/simulator/secrets")[1]
    for call in TOKEN_CALLS + APPID_CALLS:
        _, body = scene.ask(call, "cut", at=100000)
        for member in ("authorizer_access_token", "authorizer_refresh_token"):
            token = _data(body).get(member, "none")
            assert token not in secrets, (call, member)
    assert scene.issued()["issued"] == 0


SLOW = ["timeout", "timeout_after"]  # a test of them would have to wait


def _ask_somehow(scene, call):
    """Every byte that a client gets of one call, however it ends."""
    body = json.dumps({"component_appid": "wxc1", **scene.body_of(call)}).encode()
    request = f"POST {scene.path(call)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    connection = socket.create_connection(("127.0.0.1", scene.simulator.port), REPLY_WAIT_S)
    with connection:
        connection.sendall(request.encode() + body)
        got = b""
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(1 << 20):
                got += part
    return got


def any_odd_answer_keeps_its_meaning_and_every_kind_comes_up():
    with Simulator("--seed", "5") as simulator:
        scene = Scene(simulator)
        simulator.fault("any_odd", call="*")
        for call in TOKEN_CALLS * 120:
            got = _ask_somehow(scene, call)
            assert re.match(rb"HTTP/1.1 20[01] ", got), got
            body = got.split(b"\r\n\r\n", 1)[1].removeprefix(b"\xef\xbb\xbf")
            assert _is_true(scene, _data(body)), body
        kinds = set(simulator.report()["faults_by_kind"])
        about = json.loads(simulator.ask("GET", "/simulator/about")[1])["faults"]
        assert kinds == {row["fault"] for row in about if row["group"] == "any_odd"}, kinds


def any_hostile_answer_comes_up_in_every_kind_the_same_for_the_same_seed():
    def run():
        with Simulator("--seed", "5", "--now", "1700000000") as simulator:
            scene = Scene(simulator)
            simulator.fault("any_hostile", call="*", without=SLOW)
            for call in TOKEN_CALLS * 80:
                simulator.control("clock", {"advance_s": 1})
                _ask_somehow(scene, call)
            report = simulator.report()
            about = json.loads(simulator.ask("GET", "/simulator/about")[1])["faults"]
            kinds = {row["fault"] for row in about if row["group"] == "any_hostile"}
            assert set(report["faults_by_kind"]) == kinds - set(SLOW)
            return report["faults_by_kind"], scene.issued()["issued"]
    faults, issued = run()
    assert sum(faults.values()) == 160 and 40 <= issued <= 120
    assert (faults, issued) == run()


@_scene
def a_group_acts_as_the_script_says(scene):
    scene.simulator.fault("any_hostile", acts=False, without=SLOW)
    for _ in range(60):
        _ask_somehow(scene, "api_authorizer_token")
    kinds = scene.simulator.report()["faults_by_kind"]
    always = {"reset_after", "reset_at", "oversize", "deep_nesting", "text_nul", "text_escaped_nul", "text_bad_utf8"}
    assert scene.issued()["issued"] == sum(count for kind, count in kinds.items() if kind in always), kinds


@_scene
def a_group_leaves_out_what_the_script_says(scene):
    about = json.loads(scene.simulator.ask("GET", "/simulator/about")[1])["faults"]
    odd = [row["fault"] for row in about if row["group"] == "any_odd"]
    scene.simulator.fault("any_odd", call="api_authorizer_token", without=[name for name in odd if name != "bom"])
    for _ in range(5):
        assert _ask_somehow(scene, "api_authorizer_token").count(b"\xef\xbb\xbf") == 1
    scene.simulator.clear_faults()
    scene.simulator.fault("any_odd", call="api_authorizer_token", without=odd, count=1)
    assert b"\xef\xbb\xbf" not in _ask_somehow(scene, "api_authorizer_token")
    assert scene.simulator.report()["faults_by_kind"] == {"bom": 5}


main(globals())
