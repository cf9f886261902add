"""openapi.yaml is valid and has the same paths, members and faults as the program."""

import copy
import json

import openapi
from running import Simulator, main

DOCUMENT = openapi.load()
APPIDS = {"component_appid": "wxc1", "authorizer_appids": ["wxb1"]}


def _about(simulator):
    return json.loads(simulator.ask("GET", "/simulator/about")[1])


def _body_schema(operation):
    content = operation.get("requestBody", {}).get("content", {})
    return openapi.resolve(DOCUMENT, content.get("application/json", {}).get("schema", {}))


def the_document_is_openapi():
    assert DOCUMENT["openapi"] == "3.1.0" and openapi.frame_complaints(DOCUMENT) == []


def its_schemas_are_json_schema():
    assert openapi.schema_complaints(DOCUMENT) == []


def the_validators_find_what_is_wrong():
    wrong = copy.deepcopy(DOCUMENT)
    wrong["paths"]["/simulator/clock"]["post"]["answers"] = {}
    assert openapi.frame_complaints(wrong)
    wrong = copy.deepcopy(DOCUMENT)
    wrong["components"]["schemas"]["Count"]["minimum"] = "0"
    assert openapi.schema_complaints(wrong)
    wrong = copy.deepcopy(DOCUMENT)
    del wrong["paths"]["/simulator/clock"]["post"]["responses"]
    assert openapi.frame_complaints(wrong)


def every_reference_refers_to_something():
    def walk(thing):
        if isinstance(thing, dict):
            openapi.resolve(DOCUMENT, thing)
            thing = thing.values()
        for entry in thing if not isinstance(thing, (str, int, float, bool, type(None))) else ():
            walk(entry)
    walk(DOCUMENT)


def every_path_is_in_the_document_and_none_but_those():
    with Simulator() as simulator:
        known = {(row["method"], row["path"]) for row in _about(simulator)["paths"]}
    assert known == set(openapi.operations(DOCUMENT))


def every_member_that_may_go_in_is_in_the_document_and_none_but_those():
    with Simulator() as simulator:
        for row in _about(simulator)["paths"]:
            schema = _body_schema(openapi.operations(DOCUMENT)[row["method"], row["path"]])
            assert set(row["members"]) == set(schema.get("properties", {})), row
            assert not schema or schema["additionalProperties"] is False, row


def every_fault_and_call_is_in_the_document_and_none_but_those():
    with Simulator() as simulator:
        about, report = _about(simulator), simulator.report()
    names = openapi.resolve(DOCUMENT, {"$ref": "#/components/schemas/FaultKind"})["enum"]
    assert [row["fault"] for row in about["faults"]] == names
    calls = openapi.resolve(DOCUMENT, {"$ref": "#/components/schemas/Call"})["enum"]
    assert list(report["calls"]) == calls


def _posts():
    for (method, path), operation in openapi.operations(DOCUMENT).items():
        if method == "POST":
            yield path, operation, operation["requestBody"]["content"]["application/json"]["example"]


def every_example_fits_its_schema_and_works():
    with Simulator() as simulator:
        simulator.component()
        for path, operation, example in _posts():
            openapi.validator(DOCUMENT, _body_schema(operation)).validate(example)
            answer, text = simulator.ask("POST", path, json.dumps(example))
            assert answer.status == 200, (path, text)


def every_member_that_is_required_is_missed():
    with Simulator() as simulator:
        simulator.component()
        for path, operation, example in _posts():
            for name in _body_schema(operation).get("required", ()):
                less = {key: value for key, value in example.items() if key != name}
                answer, text = simulator.ask("POST", path, json.dumps(less))
                assert answer.status == 400 and name in json.loads(text)["error"], (path, name, text)
                assert _wrong_fits(json.loads(text))


def _wrong_fits(answer):
    schema = DOCUMENT["components"]["responses"]["Wrong"]["content"]["application/json"]["schema"]
    return openapi.validator(DOCUMENT, schema).is_valid(answer)


class _Recorder:
    """Asks, holds every answer against its schema, and remembers which members it had."""

    def __init__(self, simulator):
        self.simulator, self.seen = simulator, set()

    def ask(self, method, path, **body):
        answer, text = self.simulator.ask(method, "/simulator/" + path, json.dumps(body))
        assert answer.status == 200, (path, text)
        operation = openapi.operations(DOCUMENT)[method, "/simulator/" + path]
        content = openapi.resolve(DOCUMENT, operation["responses"]["200"])["content"]
        kind = answer.getheader("Content-Type")
        assert list(content) == [kind], (path, kind)
        values = {"text/plain": [text], "application/json": [text]}.get(kind, text.splitlines())
        for value in values:
            value = value if kind == "text/plain" else json.loads(value)
            openapi.validator(DOCUMENT, content[kind]["schema"]).validate(value)
            self.note(f"{method} {path}", value, content[kind]["schema"])

    def note(self, place, value, schema):
        schema = openapi.resolve(DOCUMENT, schema)
        if isinstance(value, dict):
            for name, entry in value.items():
                self.seen.add(f"{place}/{name}")
                self.note(f"{place}/{name}", entry, schema.get("properties", {}).get(name, {}))
        if isinstance(value, list):
            for entry in value:
                self.note(f"{place}[]", entry, schema.get("items", {}))


def _documented(place, schema):
    schema = openapi.resolve(DOCUMENT, schema)
    for name, entry in schema.get("properties", {}).items():
        yield f"{place}/{name}"
        yield from _documented(f"{place}/{name}", entry)
    if "items" in schema:
        yield from _documented(f"{place}[]", schema["items"])


def every_member_that_comes_out_is_in_the_document_and_none_but_those():
    with Simulator() as simulator:
        recorder = _Recorder(simulator)
        recorder.ask("POST", "component", component_appid="wxc1", component_appsecret="s3cret")
        recorder.ask("POST", "authorizers", component_appid="wxc1", prefix="wxa", count=1)
        recorder.ask("POST", "authorize", **APPIDS)
        recorder.ask("POST", "faults", fault="any_odd", count=3)
        recorder.ask("DELETE", "faults")
        recorder.ask("POST", "quota", component_appid="wxc1", per_day=5)
        recorder.ask("POST", "replay", rule="refused")
        recorder.ask("POST", "latency", ms=0)
        simulator.refresh(simulator.component(), "wxa00000", simulator.tokens()["wxa00000"]["authorizer_refresh_token"])
        simulator.ask("POST", "/cgi-bin/component/nothing")
        recorder.ask("POST", "clock", advance="1s")
        recorder.ask("POST", "token_state", component_appid="wxc1", authorizer_appid="wxa00000",
                     authorizer_access_token="x")
        recorder.ask("POST", "issued", component_appid="wxc1", authorizer_appids=["wxa00000"])
        recorder.ask("POST", "unauthorize", **APPIDS)
        for path in ("tokens", "secrets", "report", "about"):
            recorder.ask("GET", path)
    wanted = set()
    for (method, path), operation in openapi.operations(DOCUMENT).items():
        for kind in openapi.resolve(DOCUMENT, operation["responses"]["200"])["content"].values():
            wanted |= set(_documented(f"{method} {path.removeprefix('/simulator/')}", kind["schema"]))
    assert wanted <= recorder.seen, sorted(wanted - recorder.seen)


main(globals())
