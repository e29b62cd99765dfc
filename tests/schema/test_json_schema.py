"""The JSON Schemas say what the models say: what ships fits, what is misspelt does not."""

import re

import pytest

from portal.schema import directory, json_schema, starters
from portal.schema.nouns import KINDS
from portal.schema.source import read

SHIPPED = directory.load()
KNOWN = {"type", "enum", "const", "anyOf", "$ref", "items", "properties", "required", "additionalProperties"}
KNOWN |= {"propertyNames", "pattern", "minItems", "description", "title", "$schema", "$defs"}
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}


def faults(value, node, root, path="") -> list[str]:
    """What a value breaks: the part of JSON Schema 2020-12 that is used here."""
    assert set(node) <= KNOWN, set(node) - KNOWN
    if "$ref" in node:
        return faults(value, root["$defs"][node["$ref"].rpartition("/")[2]], root, path)
    found = []
    if "anyOf" in node:
        tried = [faults(value, one, root, path) for one in node["anyOf"]]
        found += [] if any(not one for one in tried) else min(tried, key=len)
    if "enum" in node and value not in node["enum"]:
        found.append(f"{path}: {value!r} is none of {node['enum']}")
    if "const" in node and value != node["const"]:
        found.append(f"{path}: {value!r} is not {node['const']!r}")
    if "type" in node and not _is(value, node["type"]):
        found.append(f"{path}: {value!r} is no {node['type']}")
    if "pattern" in node and isinstance(value, str) and not re.search(node["pattern"], value):
        found.append(f"{path}: {value!r} does not fit {node['pattern']}")
    if isinstance(value, list) and "items" in node:
        found += [
            fault for place, item in enumerate(value) for fault in faults(item, node["items"], root, f"{path}[{place}]")
        ]
    return found + (_object(value, node, root, path) if isinstance(value, dict) else [])


def _object(value, node, root, path) -> list[str]:
    known, more = node.get("properties", {}), node.get("additionalProperties", True)
    found = [f"{path}: {key} is missing" for key in node.get("required", ()) if key not in value]
    for key, below in value.items():
        if key in known:
            found += faults(below, known[key], root, f"{path}.{key}")
        elif more is False:
            found.append(f"{path}.{key}: unknown key")
        elif more is not True:
            found += faults(below, more, root, f"{path}.{key}")
    return found


def _is(value, kind) -> bool:
    if isinstance(kind, list):
        return any(_is(value, one) for one in kind)
    if kind == "null":
        return value is None
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def test_every_shipped_document_fits_its_schema():
    for path, text in SHIPPED.items():
        root = json_schema.schema_of(path.partition("/")[0])
        assert faults(read(path, text).tree, root, root) == [], path


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_starter_fits_and_an_unknown_key_does_not(kind):
    root, tree = json_schema.schema_of(kind), read("x", starters.starter(kind, "mine")).tree
    assert faults(tree, root, root) == []
    assert faults({**tree, "requird": 1}, root, root) == [".requird: unknown key"]
    assert faults({key: value for key, value in tree.items() if key != "label"}, root, root) == [": label is missing"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("type: phone", "type: fone"), "phone"),
        (("max_length: 120", "max_lenght: 120"), "max_lenght"),
        (("colour: blue", "colour: bleu"), "bleu"),
    ],
)
def test_what_belongs_to_a_type_of_field_is_known(change, fault):
    path = "entities/customer.yml"
    assert change[0] in SHIPPED[path]
    root = json_schema.schema_of("entities")
    assert fault in str(faults(read(path, SHIPPED[path].replace(*change, 1)).tree, root, root))
