"""Makes the inputs of the fuzzers that are not kept: OUT/FUZZER/NAME.

    seeds.py OUT [EXAMPLE.json...]

These are the examples of proto/ as records, headers and JSON, and inputs that are wrong because
they are too large. proto/README.md describes an example, frame.h how a record is framed. A header
with a line end, which a frame cannot hold, ends the conversion; no example has one.
"""

import base64
import json
import shutil
import sys
from pathlib import Path


def value_of(example):
    """Returns the record's value as bytes, or None if it is null."""
    if "value_base64" in example:
        value = base64.b64decode(example["value_base64"])
    elif example.get("value") is None:
        return None
    elif isinstance(example["value"], str):
        value = example["value"].encode()
    else:
        value = json.dumps(example["value"], ensure_ascii=False, separators=(",", ":")).encode()
    return value.ljust(example.get("value_bytes", 0))


def header_lines(example):
    lines = []
    for name, values in example.get("headers", {}).items():
        for value in values if isinstance(values, list) else [values]:
            lines.append(name if value is None else f"{name}: {value}")
    if any("\n" in line for line in lines):
        sys.exit(f"seeds: a header of \"{example['description']}\" has two lines")
    return "".join(line + "\n" for line in lines).encode()


def first_line(example):
    timestamp = example.get("timestamp")
    words = [
        "refresh-due" if example["topic"].startswith("refresh-due") else "authorization-changed",
        "-" if timestamp is None else str(timestamp),
        (example.get("settings") or {}).get("component.appid") or "-",
        example.get("key") or "",
    ]
    return (" ".join(words).rstrip() + "\n").encode()


def inputs_of(example):
    value = value_of(example)
    headers = header_lines(example)
    yield "headers", headers
    yield "record", first_line(example) + headers + (b"" if value is None else b"\n" + value)
    if value is not None:
        yield "json", value


def large_inputs():
    """Yields inputs that exceed a limit by one, as (fuzzer, name, text)."""
    scope = '{"funcscope_category":{"id":1}}'
    yield "reply", "scopes_257", (
        'query_auth 200\n{"authorization_info":{"authorizer_appid":"wxa","func_info":[' + ",".join([scope] * 257) + "]}}")
    yield "reply", "body_of_64_kib_and_a_byte", "query_auth 200\n{}".ljust(15 + 65536 + 1)
    yield "record", "headers_of_64_kib_and_a_byte", "refresh-due - wxc\nx: " + "x" * 65536 + '\n\n{"authorizer_appid":"wxa"}'
    yield "record", "key_of_64_kib_and_a_byte", "refresh-due - wxc " + "x" * 65537 + '\n\n{"authorizer_appid":"wxa"}'
    yield "settings", "properties_300", "".join(f"kafka.x{i}=\n" for i in range(300))
    yield "settings", "wrong_lines_200", "x\n" * 200


def write(out, fuzzer, name, data):
    folder = Path(out, fuzzer)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def main(out, files):
    shutil.rmtree(out, ignore_errors=True)
    for fuzzer, name, text in large_inputs():
        write(out, fuzzer, name, text.encode())
    for file in map(Path, files):
        for fuzzer, data in inputs_of(json.loads(file.read_text())):
            write(out, fuzzer, f"{file.parent.name}-{file.stem}", data)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
