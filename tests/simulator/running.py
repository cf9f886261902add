"""A running wechat-simulator and what its tests need. The tests drive the real program over HTTP.

A test file ends with `main(globals())`. `python3 test_X.py BINARY [TEST…]` prints a line for each
test and exits with 0 or 1.
"""

import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
import traceback
from urllib.parse import quote

BINARY = [""]
REPLY_WAIT_S = 10


class Simulator:
    """One running simulator, ended at the end of its `with`."""

    def __init__(self, *options):
        self.process = subprocess.Popen([BINARY[0], *options], stdout=subprocess.PIPE, text=True)
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

    def ask_bytes(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REPLY_WAIT_S)
        with contextlib.closing(connection):
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer, answer.read()

    def ask(self, method, path, body=None):
        answer, reply = self.ask_bytes(method, path, body)
        return answer, reply.decode()

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

    def issued(self, appid):
        """The access tokens that are remembered of one authorizer, and what became of their replies."""
        body = {"component_appid": "wxc1", "authorizer_appids": [appid]}
        rows = self.control("issued", body)["authorizers"][0]["access_tokens"]
        return [(row["authorizer_access_token"], row["reply"]) for row in rows]

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

    def clear_faults(self):
        self.control("faults", method="DELETE")

    def refresh(self, token, appid, refresh_token):
        return self.call("api_authorizer_token", token, component_appid="wxc1", authorizer_appid=appid,
                         authorizer_refresh_token=refresh_token)

    def exchange(self, token, code):
        return self.call("api_query_auth", token, component_appid="wxc1", authorization_code=code)

    def open_call(self, name, token, host="127.0.0.1", **members):
        """Sends a call and returns its socket without reading."""
        body = json.dumps({"component_appid": "wxc1", **members})
        connection = socket.create_connection(("127.0.0.1", self.port), REPLY_WAIT_S)
        connection.sendall((f"POST /cgi-bin/component/{name}?access_token={token} HTTP/1.1\r\n"
                            f"Host: {host}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
        return connection

    def open_refresh(self, token, appid, refresh_token, host="127.0.0.1"):
        return self.open_call("api_authorizer_token", token, host, authorizer_appid=appid,
                              authorizer_refresh_token=refresh_token)

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


def run(test):
    try:
        test()
    except Exception:  # a test that fails must not end the others
        print(f"not ok {test.__name__}", flush=True)
        traceback.print_exc()
        return False
    print(f"ok {test.__name__}", flush=True)
    return True


def main(names):
    """Runs every function that the test file itself defines and whose name does not begin with "_"."""
    if len(sys.argv) < 2:
        sys.exit(names["__doc__"])
    BINARY[0] = sys.argv[1]
    wanted = sys.argv[2:]
    tests = [thing for name, thing in names.items()
             if callable(thing) and getattr(thing, "__module__", "") == "__main__"
             and not isinstance(thing, type) and not name.startswith("_")]
    results = [run(test) for test in tests if not wanted or test.__name__ in wanted]
    sys.exit(0 if results and all(results) else 1)
