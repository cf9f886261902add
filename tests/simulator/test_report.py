"""The judge: what it counts, and what it knows about each token."""

import json
import socket
import struct

from running import Simulator, assert_reset, main, read_to_end, wait_until


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


def faults_are_counted_by_kind_and_errcodes_with_those_scripted():
    with Simulator() as simulator:
        token, given = simulator.component(), simulator.adopt(1)
        simulator.fault("errcode", errcode=45009, count=2)
        simulator.fault("bom", count=1)
        for _ in range(3):
            simulator.ask("POST", "/cgi-bin/component/api_authorizer_token?access_token=" + token, "{}")
        simulator.refresh(token, "wxa00000", "x")
        report = simulator.report()
        assert report["faults"] == 3 and report["faults_by_kind"] == {"errcode": 2, "bom": 1}, report
        assert report["errcodes"] == {"45009": 2, "41018": 1, "61023": 1}, report
        assert report["refused"] == {"41018": 1, "61023": 1} and given


def a_report_is_json_whatever_was_asked():
    with Simulator() as simulator:
        simulator.ask("POST", "/cgi-bin/%ff%00%e4%b8%ad%22")
        simulator.ask("POST", "/cgi-bin/component/api_query_auth?%e4%b8=%22", json.dumps({"ü" * 40 + "\"": 1}))
        texts = simulator.report()["undocumented_requests"]
        assert any('query parameter "??"' in text for text in texts), texts


def the_judge_knows_of_each_token_whether_its_reply_was_delivered():
    with Simulator() as simulator:
        token, given = simulator.component(), simulator.adopt(1)
        answer = simulator.refresh(token, "wxa00000", given["wxa00000"])
        simulator.fault("reset_after", count=1)
        assert_reset(simulator.refresh, token, "wxa00000", given["wxa00000"])
        simulator.fault("oversize", count=1, size=10)
        simulator.refresh(token, "wxa00000", given["wxa00000"])
        assert simulator.issued("wxa00000")[0] == (answer["authorizer_access_token"], "delivered")
        assert [reply for _, reply in simulator.issued("wxa00000")] == ["delivered", "lost", "spoilt"]
        assert simulator.tokens()["wxa00000"]["reply"] == "spoilt"
        row = simulator.report()["authorizers"][0]
        assert (row["issued"], row["delivered"], row["spoilt"], row["lost"]) == (3, 1, 1, 1), row


def a_token_is_pending_until_its_reply_leaves():
    with Simulator("--latency-ms", "30000") as simulator:
        token, given = simulator.component(), simulator.adopt(1)
        connection = simulator.open_refresh(token, "wxa00000", given["wxa00000"])
        simulator.wait_for_calls(1)
        assert [reply for _, reply in simulator.issued("wxa00000")] == ["pending"]
        connection.close()
        wait_until(lambda: simulator.issued("wxa00000")[0][1] == "lost")


def the_last_eight_tokens_are_remembered():
    with Simulator() as simulator:
        token, given = simulator.component(), simulator.adopt(1)
        answers = [simulator.refresh(token, "wxa00000", given["wxa00000"]) for _ in range(11)]
        wanted = [(answer["authorizer_access_token"], "delivered") for answer in answers]
        assert simulator.issued("wxa00000") == wanted[3:]


def every_secret_that_was_ever_issued_is_told():
    with Simulator("--rotate") as simulator:
        tokens = [simulator.component(component_appsecret="s3cret"), simulator.component()]
        given = simulator.adopt(1)
        secrets = {*tokens, *given.values(), "s3cret"}
        for _ in range(12):
            answer = simulator.refresh(tokens[1], "wxa00000", simulator.tokens()["wxa00000"]["authorizer_refresh_token"])
            secrets |= {answer["authorizer_access_token"], answer["authorizer_refresh_token"]}
        secrets |= {simulator.authorize("wxb1")["authorization_code"] for _ in range(2)}
        told = simulator.ask("GET", "/simulator/secrets")[1].splitlines()
        assert secrets <= set(told), secrets - set(told)


main(globals())
