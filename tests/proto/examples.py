"""The files of proto/examples as records. proto/README.md describes these files."""

import base64
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "proto" / "examples"
INPUT_EVENTS = ("authorization-changed", "refresh-due")


class Example:
    def __init__(self, path):
        self.path, self.file = path, json.loads(path.read_text())
        self.event, self.name = path.parent.name, path.stem
        self.is_good = self.name.startswith("ok-")
        self.dead = self.file.get("expect", {}).get("dead", {})

    def __str__(self):
        return f"{self.event}/{self.name}"

    def headers(self):
        """(name, value) in order; an array in the file stands for several headers of one name."""
        return [(name, one) for name, value in self.file["headers"].items()
                for one in (value if isinstance(value, list) else [value])]

    def value(self):
        """The bytes of the record's value, or None."""
        if "value_base64" in self.file:
            data = base64.b64decode(self.file["value_base64"])
        elif (value := self.file["value"]) is None:
            return None
        elif isinstance(value, str):
            data = value.encode()
        else:
            data = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
        return data.ljust(self.file.get("value_bytes", 0))

    def encoding(self):
        last = dict(self.headers())
        if (last.get("content-type") or "").lower().startswith("application/cloudevents+json"):
            return "structured"
        return "binary" if "ce_specversion" in last else "plain"

    def data(self):
        """What the event says, or None where that cannot be read."""
        try:
            body = json.loads((self.value() or b"").decode("utf-8-sig"))
            if self.encoding() == "structured":
                body = body["data"] if "data" in body else json.loads(base64.b64decode(body["data_base64"]))
        except (ValueError, TypeError, KeyError):
            return None
        return body if isinstance(body, dict) else None


def all_examples():
    return [Example(path) for path in sorted(FOLDER.glob("*/*.json"))]
