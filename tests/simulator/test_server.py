"""The program: its options, start and end, latency, and many clients at once."""

import contextlib
import http.client
import json
import select
import subprocess
import threading
import time

from running import BINARY, REPLY_WAIT_S, Simulator, main, read_to_end, wait_until


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


def wrong_options_are_refused():
    for options in (["--port", "x"], ["--port", "70000"], ["--listen", "here"], ["--now", "-1"], ["--nothing"], ["word"]):
        done = subprocess.run([BINARY[0], *options], capture_output=True, text=True, check=False)
        assert done.returncode == 64 and done.stderr.count("usage:") == 1, options


def another_address_can_be_listened_at():
    process = subprocess.Popen([BINARY[0], "--listen", "127.0.0.2"], stdout=subprocess.PIPE, text=True)
    with process:
        line = process.stdout.readline()
        port = int(line.removeprefix("listening on http://127.0.0.2:"))
        connection = http.client.HTTPConnection("127.0.0.2", port, timeout=REPLY_WAIT_S)
        with contextlib.closing(connection):
            connection.request("GET", "/simulator/report")
            assert connection.getresponse().status == 200
        process.terminate()


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


main(globals())
