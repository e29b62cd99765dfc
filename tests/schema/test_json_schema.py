"""The JSON Schemas say what the models say: what ships fits, what is misspelt does not."""

import re

import pytest

from portal.schema import directory, json_schema, overlay_schema, starters
from portal.schema.layers import SHAPES
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


def test_an_overlay_fits_its_schema_and_what_no_office_may_say_does_not():
    base = read("", SHIPPED["entities/customer.yml"]).tree
    root = overlay_schema.overlay_of("entities", base)
    good = {"label": {"zh": "客商"}, "fields": {"industry": {"required": True, "options": {"marine": {"zh": "海工"}}}}}
    own = {"fields": {"bund": {"type": "text", "label": "外滩", "filterable": True}}, "list": {"columns": ["bund"]}}
    assert not faults(good, root, root) and not faults(own, root, root)
    assert not faults(good, loose := overlay_schema.overlay_of("entities"), loose)
    for wrong in (
        {"fields": {"industry": {"type": "text"}}},
        {"fields": {"industry": {"options": {"it": {"archived": True}}}}},
        {"list": {"sort": ["name"]}},
        {"search": ["name"]},
    ):
        assert faults(wrong, root, root), wrong


@pytest.mark.parametrize("kind", SHAPES)
def test_every_kind_that_offices_may_speak_of_has_its_schema(kind):
    path = next(path for path in sorted(SHIPPED) if path.startswith(f"{kind}/"))
    root = overlay_schema.overlay_of(kind, read("", SHIPPED[path]).tree)
    assert not faults({"label": {"zh": "词", "en": "word"}}, root, root)
    assert faults({"on": "customer", "steps": []}, root, root)
