"""The OpenAPI document of the control API, and validators for it from Debian's packages."""

import os
import sys
from pathlib import Path

try:
    import jsonschema
    import yaml
except ImportError:  # another Python than Debian's comes first in PATH, and lacks them
    if sys.executable == "/usr/bin/python3":
        sys.exit("install Debian's python3-jsonschema and python3-yaml")
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

FOLDER = Path(__file__).resolve().parent
SPECIFICATION = Path("/usr/share/openapi-specification/schemas")  # from Debian's package


class _Loader(yaml.SafeLoader):
    """Keys are texts, as in JSON, and none comes twice."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"twice in {node.start_mark}: {keys}"
        return super().construct_mapping(node, deep)


def load(path=FOLDER / "openapi.yaml"):
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)


def operations(document):
    """(method, path) -> operation."""
    return {(method.upper(), path): operation
            for path, item in document["paths"].items() for method, operation in item.items()}


def resolve(document, thing):
    """What a reference refers to."""
    if not isinstance(thing, dict) or "$ref" not in thing:
        return thing
    found = document
    for step in thing["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return resolve(document, found)


def schemas(thing):
    """Every schema of the document, wherever it stands."""
    if isinstance(thing, list):
        for entry in thing:
            yield from schemas(entry)
    elif isinstance(thing, dict):
        for name, entry in thing.items():
            if name == "schema":
                yield entry
            elif name == "schemas":
                yield from entry.values()
            else:
                yield from schemas(entry)


def without_schemas(thing):
    """The document with `{}` for every schema: what OpenAPI 3.0 and 3.1 have in common."""
    if isinstance(thing, list):
        return [without_schemas(entry) for entry in thing]
    if not isinstance(thing, dict):
        return thing
    return {name: {} if name == "schema" else
            {key: {} for key in entry} if name == "schemas" else without_schemas(entry)
            for name, entry in thing.items()}


def validator(document, schema):
    """For values of one of the document's schemas."""
    return jsonschema.Draft202012Validator({**schema, "components": document["components"]})


def frame_complaints(document):
    """What OpenAPI's own schemas say about the document. Debian 12 has the one of 3.0, and Debian 13 both."""
    old = yaml.safe_load((SPECIFICATION / "v3.0" / "schema.yaml").read_text(encoding="utf-8"))
    frame = {**without_schemas(document), "openapi": "3.0.3"}
    found = [error.message for error in jsonschema.Draft4Validator(old).iter_errors(frame)]
    new = SPECIFICATION / "v3.1" / "schema.yaml"
    if new.exists():
        schema = yaml.safe_load(new.read_text(encoding="utf-8"))
        found += [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(document)]
    return found


def schema_complaints(document):
    """What the meta-schema of JSON Schema 2020-12 says about the document's schemas."""
    meta = jsonschema.Draft202012Validator(jsonschema.Draft202012Validator.META_SCHEMA)
    return [f"{error.message}: {schema}" for schema in schemas(document) for error in meta.iter_errors(schema)]
