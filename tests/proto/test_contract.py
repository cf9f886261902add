#!/usr/bin/python3 -B
"""Checks proto/ against its standards and the sources: AsyncAPI, JSON Schema, examples, names.

Runs in Debian's Python, because python3-jsonschema is Debian's. ASYNCAPI_PARSER is the file that
fetch_parser fetches.
"""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from examples import FOLDER, INPUT_EVENTS, ROOT, all_examples

from jsonschema import Draft7Validator, Draft202012Validator

PROTO = ROOT / "proto"
PARSER = os.environ.get("ASYNCAPI_PARSER", str(ROOT / "build" / "asyncapi-parser-3.6.3" / "index.js"))
EVENTS = INPUT_EVENTS + ("token-updated",)
EXAMPLES = all_examples()
INPUTS = [e for e in EXAMPLES if e.event in INPUT_EVENTS]
OUTSIDE_THE_DATA = ("the record's timestamp", "the record has no timestamp", "component.appid is not set")


def read(path):
    return (ROOT / path).read_text()


def schema_of(event):
    return json.loads((PROTO / f"{event}.v1.schema.json").read_text())


SCHEMAS = {event: schema_of(event) for event in EVENTS}


def asyncapi(file):
    """(whether it is valid, the document with its references resolved or what the validator has to say)"""
    done = subprocess.run(["node", ROOT / "tests" / "proto" / "asyncapi.js", PARSER, file],
                          capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout or done.stderr


@functools.cache
def the_document():
    """The AsyncAPI document with its references resolved; nothing where it is not valid, which has a test of its own."""
    valid, said = asyncapi(PROTO / "asyncapi.yaml")
    return json.loads(said) if valid else {}


def complaints(schema, instance):
    return [f"{e.json_path}: {e.message}" for e in Draft202012Validator(schema).iter_errors(instance)]


def member_in_its_name(example):
    """The member of the data that is wrong in a bad example, or None where something else is."""
    about, message = example.dead.get("about"), example.dead.get("message", "")
    if about in SCHEMAS[example.event]["properties"] and not any(what in message for what in OUTSIDE_THE_DATA):
        return about
    return None


def input_topics():
    """The default topics of the rows of inputs.def, which are also the middle of the events' types."""
    return re.findall(r'^INPUT\(\w+, \w+, "([a-z-]+)"', read("worker/model/inputs.def"), re.M)


class TheDocument(unittest.TestCase):
    def test_the_asyncapi_document_is_valid(self):
        valid, said = asyncapi(PROTO / "asyncapi.yaml")
        self.assertTrue(valid, said)

    def test_a_document_with_a_fault_is_told_apart(self):
        text = read("proto/asyncapi.yaml").replace("action: send", "action: sent", 1)
        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copytree(PROTO, Path(folder) / "proto")
            (copy / "asyncapi.yaml").write_text(text)
            valid, said = asyncapi(copy / "asyncapi.yaml")
        self.assertFalse(valid)
        self.assertIn("operations.announce.action", said)

    def test_the_schemas_are_valid(self):
        for event, schema in SCHEMAS.items():
            with self.subTest(event):
                self.assertEqual(schema["$schema"], Draft202012Validator.META_SCHEMA["$id"])
                Draft202012Validator.check_schema(schema)

    def test_the_schemas_mean_the_same_to_asyncapi(self):
        """AsyncAPI reads them by draft 07."""
        for example in EXAMPLES:
            data = example.data()
            if data is not None:
                schema = SCHEMAS[example.event]
                by_draft_07 = Draft7Validator(schema).is_valid(data)
                self.assertEqual(by_draft_07, Draft202012Validator(schema).is_valid(data), str(example))


class TheExamples(unittest.TestCase):
    def message_of(self, example):
        name = "".join(word.title() for word in example.event.split("-"))
        name = name[0].lower() + name[1:]
        if example.event != "token-updated":
            name += example.encoding().title()
        return the_document()["components"]["messages"][name]

    def test_there_are_enough_of_them_and_each_has_a_name_of_its_kind(self):
        bad = [e for e in EXAMPLES if not e.is_good]
        self.assertGreaterEqual(len(EXAMPLES) - len(bad), 9)
        self.assertGreaterEqual(len(bad), 15)
        for example in bad:
            self.assertTrue(example.name.startswith("bad-" + example.dead["reason"]), str(example))
        self.assertEqual({e.event for e in EXAMPLES}, set(EVENTS))
        self.assertEqual(len(EXAMPLES), len([p for p in FOLDER.rglob("*") if p.is_file()]))

    def test_the_members_of_a_file_are_those_of_the_readme(self):
        table = set(re.findall(r"^\| `(\w+)` \|", read("proto/README.md").split("## The examples", 1)[1], re.M))
        self.assertEqual(table, {member for e in EXAMPLES for member in e.file})

    def test_the_data_of_a_good_one_satisfies_its_schema(self):
        for example in EXAMPLES:
            if example.is_good:
                self.assertIsNotNone(example.data(), str(example))
                self.assertEqual(complaints(SCHEMAS[example.event], example.data()), [], str(example))

    def test_data_with_a_fault_does_not(self):
        faulty = [e for e in INPUTS if not e.is_good and member_in_its_name(e)]
        self.assertGreaterEqual(len(faulty), 30)
        for example in faulty:
            found = complaints(SCHEMAS[example.event], example.data())
            self.assertTrue(any(member_in_its_name(example) in what for what in found), f"{example}: {found}")

    def test_data_of_a_record_with_a_fault_elsewhere_does(self):
        for example in INPUTS:
            ours = example.dead.get("reason") != "unknown-type"
            if not example.is_good and ours and example.data() is not None and not member_in_its_name(example):
                self.assertEqual(complaints(SCHEMAS[example.event], example.data()), [], str(example))

    def test_headers_and_value_of_a_good_one_satisfy_the_asyncapi_document(self):
        for example in (e for e in EXAMPLES if e.is_good):
            message = self.message_of(example)
            headers = {name: value for name, value in example.headers() if value is not None}
            value = json.loads(example.value().decode("utf-8-sig"))
            self.assertEqual(complaints(message["headers"], headers), [], str(example))
            self.assertEqual(complaints(message["payload"], value), [], str(example))
            if example.event == "token-updated":
                key = message["bindings"]["kafka"]["key"]
                self.assertEqual(complaints(key, example.file["key"]), [], str(example))

    def test_no_announcement_has_a_secret_but_the_access_token(self):
        for example in EXAMPLES:
            if example.event == "token-updated":
                record = json.dumps([example.headers(), example.value().decode(), example.file["key"]])
                refresh_token = example.file["row"]["authorizer_refresh_token"]
                self.assertTrue(refresh_token is None or refresh_token not in record, str(example))


class TheNames(unittest.TestCase):
    """The same in the sources, in the schemas, in the AsyncAPI document and in the README."""

    @classmethod
    def setUpClass(cls):
        cls.document = the_document()
        cls.schemas = cls.document["components"]["schemas"]
        cls.readme = read("proto/README.md")

    def first_column(self, title):
        """The words in the first column of the README's table below a title."""
        section = self.readme.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
        return re.findall(r"^\| `([^`]+)` \|", section, re.M)

    def test_reasons(self):
        reasons = re.findall(r'^DEAD\(\w+, "([a-z-]+)"\)', read("worker/model/dead_reasons.def"), re.M)
        self.assertEqual(self.schemas["deadLetterHeaders"]["properties"]["wxtoken-dlq-reason"]["enum"], reasons)
        self.assertEqual(self.first_column("Dead letters")[:len(reasons)], reasons)
        self.assertLessEqual({e.dead["reason"] for e in EXAMPLES if e.dead}, set(reasons))

    def test_headers_of_dead_letters(self):
        written = re.findall(r'STR\("(wxtoken-dlq-[a-z]+)"\)', read("worker/wire/dead_letter.c"))
        self.assertEqual(list(self.schemas["deadLetterHeaders"]["properties"]), written)
        self.assertEqual([w for w in self.first_column("Dead letters") if w.startswith("wxtoken-dlq")], written)

    def test_headers_of_announcements(self):
        written = re.findall(r'\{STR\("([a-z_-]+)"\)', read("worker/wire/token_updated.c"))
        self.assertEqual(list(self.schemas["tokenUpdatedHeaders"]["properties"]), written)

    def test_members_of_announcements(self):
        written = re.findall(r'\\"([a-z_]+)\\":', read("worker/wire/token_updated.c"))
        self.assertEqual(sorted(SCHEMAS["token-updated"]["properties"]), sorted(written))
        shown = {member for e in EXAMPLES if e.event == "token-updated" for member in e.data()}
        self.assertEqual(shown, set(written))

    def test_members_of_inputs(self):
        source = read("worker/wire/input_event.c")
        named = set(re.findall(r'"([a-z]+_[a-z_]+)"', source)) | set(re.findall(r'data, "([a-z]+)"', source))
        described = set(SCHEMAS["authorization-changed"]["properties"]) | set(SCHEMAS["refresh-due"]["properties"])
        self.assertEqual(described, named)

    def test_statuses(self):
        word = read("worker/model/authorizer.h").split("status_word(", 1)[1]
        statuses = re.findall(r'STR\("([a-z_]+)"\)', word)
        check = re.search(r"status IN \(([^)]*)\)", read("schema/001_tokens.sql")).group(1)
        self.assertEqual(SCHEMAS["token-updated"]["properties"]["status"]["enum"], statuses)
        self.assertEqual(re.findall(r"'(\w+)'", check), statuses)

    def test_topics(self):
        defaults = dict(re.findall(r'^\w+\("([a-z_.]+)",(?:\s*\w+,\s*\w+,)?\s*"([^"]*)"',
                                   read("worker/settings/settings.def"), re.M))
        inputs = input_topics()
        topics = inputs + [defaults["topics.token_updated"]]
        topics += [topic + defaults["topics.dead_letter_suffix"] for topic in inputs]
        channels = self.document["channels"].values()
        self.assertEqual([c["address"] for c in channels], topics)
        self.assertEqual([c["bindings"]["kafka"]["topic"] for c in channels], topics)
        self.assertEqual(self.first_column("Topics"), topics)
        for operation in ("takeAuthorizationChange", "takeRefresh"):
            group = self.document["operations"][operation]["bindings"]["kafka"]["groupId"]["default"]
            self.assertEqual(group, defaults["kafka.group.id"])

    def test_types(self):
        found = set(re.findall(r'"(wxtoken\.[a-z-]+\.v\d+)"',
                               read("worker/wire/input_event.c") + read("worker/wire/token_updated.c")))
        found |= {f"wxtoken.{topic}.v1" for topic in input_topics()}
        self.assertEqual(found, {f"wxtoken.{event}.v1" for event in EVENTS})
        self.assertEqual(found, set(re.findall(r"const: (wxtoken\.\S+)", read("proto/asyncapi.yaml"))))
        self.assertLessEqual(found, set(re.findall(r"`(wxtoken\.[^`]+\.v1)`", self.readme)))

    def test_limits(self):
        def limit(name, path):
            return int(re.search(rf"\b{name} = ([\d]+)", read(path)).group(1))
        change, updated = SCHEMAS["authorization-changed"], SCHEMAS["token-updated"]
        self.assertEqual(change["$defs"]["appid"]["maxLength"], limit("APPID_LEN_MAX", "worker/model/appid.h"))
        self.assertEqual(change["$defs"]["seconds"]["maximum"], limit("time_max_s", "worker/wire/input_event.c"))
        self.assertEqual(change["properties"]["authorization_code"]["maxLength"],
                         limit("CODE_LEN_MAX", "worker/model/input.h"))
        self.assertEqual(updated["properties"]["func_scopes"]["maxItems"],
                         limit("SCOPES_MAX", "worker/model/authorizer.h"))


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main(verbosity=2)
