"""JSON Schemas of what an office may lay over a document: the schema of its kind, cut down."""

from collections.abc import Iterator, Mapping
from typing import Any

from portal.schema.json_schema import Schema, schema_of
from portal.schema.layers.rules import Rule
from portal.schema.layers.shapes import SHAPES, Look, Named, Part, mapping


def overlay_of(kind: str, base: Any = None) -> Schema:
    """Return the JSON Schema of an overlay; with the document below it, keys that are inherited are told from new."""
    whole = schema_of(kind)
    cut = _cut(SHAPES[kind], [whole], base, whole)
    return {**cut, "$schema": whole["$schema"], "title": f"offices/<office>/{kind}/<key>.yml", "$defs": whole["$defs"]}


def _cut(rule: Rule, nodes: list[Schema], base: Any, root: Schema) -> Schema:
    nodes = [one for node in nodes for one in _flat(node, root)]
    if isinstance(rule, Part):
        inner = {key: _cut(part, _below(nodes, key), mapping(base).get(key), root) for key, part in rule.keys.items()}
        short: Schema = {word: {"type": "string"} for word in ("zh", "en")} if isinstance(rule, Look) else {}
        return {"type": "object", "properties": {**short, **inner}, "additionalProperties": False}
    if isinstance(rule, Named):
        keys = {str(key): _cut(rule.each, _below(nodes, key), below, root) for key, below in mapping(base).items()}
        whole, cut = _below(nodes, ""), _cut(rule.each, _below(nodes, ""), None, root)
        fresh = cut if not rule.free else _either(whole if base is not None else [cut, *whole])
        more: Any = fresh if rule.adds or rule.fallback or base is None else False
        return {"type": "object", "properties": keys, "additionalProperties": more}
    return _either(nodes)


def _below(nodes: list[Schema], key: Any) -> list[Schema]:
    """What may stand at a key, whichever of the alternatives it is."""
    found: list[Schema] = []
    for node in nodes:
        more = node.get("additionalProperties")
        inner = node.get("properties", {}).get(key, more if isinstance(more, Mapping) else None)
        found += [dict(inner)] if inner is not None and dict(inner) not in found else []
    return found


def _flat(node: Schema, root: Schema) -> Iterator[Schema]:
    """The node itself, what it refers to, and its alternatives; not the items of its lists."""
    if "$ref" in node:
        node = root["$defs"][node["$ref"].rpartition("/")[2]]
    yield node
    for inner in node.get("anyOf", ()):
        yield from _flat(inner, root)


def _either(nodes: list[Schema]) -> Schema:
    return nodes[0] if len(nodes) == 1 else {"anyOf": nodes} if nodes else {}
