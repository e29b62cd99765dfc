"""What may be written at a place of a text that may not be YAML yet: keys, words, names of the documents around."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.fields import OPERATORS
from portal.forms.document import suggestions
from portal.forms.document.names import name_of
from portal.schema import Catalog, Entity, json_schema

LINE = re.compile(r"^(\s*)((?:-\s+)*)([^\s:#{}\[\],\"']+):(?:\s|$)")
HEAD = re.compile(r"^(\s*(?:-\s+)*)(.*)$")
OPENERS = {"{": "}", "[": "]"}
MOST = 300


@dataclass(frozen=True)
class Place:
    """Where the cursor stands: the keys above it, and whether a value is being written."""

    path: tuple[str, ...]
    is_value: bool


@dataclass(frozen=True)
class Word:
    """A word that fits, and what people call it."""

    value: str
    meaning: str


def complete(
    kind: str, key: str, text: str, row: int, column: int, catalog: Catalog, root: json_schema.Schema | None = None
) -> list[Word]:
    """Return the words that fit at a line and column, both counted from 0; `root` is a schema other than the kind's."""
    lines = text.split("\n")
    if not 0 <= row < len(lines):
        return []
    place = place_at(lines, row, column)
    root = root or json_schema.schema_of(kind)
    nodes = list(_nodes(root, place.path))
    subject = _subject(kind, key, lines, place, catalog)
    found = (
        _values(place, nodes, root, catalog, subject) if place.is_value else _keys(place, nodes, root, catalog, subject)
    )
    unique = {word.value: word for word in found}
    return list(unique.values())[:MOST]


def place_at(lines: list[str], row: int, column: int) -> Place:
    """Return the keys above a place, by indentation and by the braces before it on its line."""
    head = HEAD.match(lines[row][:column])
    indent, content = (len(head[1]), head[2]) if head else (0, "")
    inner, is_value = _inside(content)
    dash = lines[row][:indent].find("-")
    return Place((*_above(lines, row, dash + 1 if dash >= 0 else indent, indent), *inner), is_value)


def _above(lines: list[str], row: int, indent: int, own: int) -> list[str]:
    path: list[str] = []
    for number in range(row - 1, -1, -1):
        if not indent:
            break
        found = LINE.match(lines[number])
        if found is None:
            bare = re.match(r"^(\s*)-\s", lines[number])
            if bare and len(bare[1]) < indent and not path and len(bare[1]) + 2 == own:
                indent = len(bare[1]) + 1
            continue
        outer, inner = len(found[1]), len(found[1]) + len(found[2])
        if inner < indent:
            path.insert(0, found[3])
            indent = outer + 1 if found[2] else outer
        elif found[2] and inner == indent:  # a sibling at the head of the same item
            indent = outer + 1
    return path


def _inside(content: str) -> tuple[list[str], bool]:
    """Return the keys opened on the line before the cursor, and whether it stands behind a colon or in a list."""
    stack: list[tuple[str, str | None]] = []
    key: str | None = None
    start = 0
    for place, sign in enumerate(content):
        if sign in OPENERS:
            stack.append((sign, key))
            key, start = None, place + 1
        elif sign in "}]" and stack:
            key = stack.pop()[1]
        elif sign == "," and stack:
            key, start = None, place + 1
        elif sign == ":" and content[place + 1 : place + 2] in (" ", ""):
            key, start = content[start:place].strip(" \"'"), place + 1
    keys = [outer for _, outer in stack if outer]
    in_list = bool(stack) and stack[-1][0] == "[" and key is None
    return ([*keys, key] if key else keys), key is not None or in_list


def _nodes(root: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    nodes: list[Mapping[str, Any]] = [root]
    for part in path:
        below = [one for node in nodes for one in _flat(node, root)]
        nodes = [inner for node in below if (inner := _below(node, part)) is not None]
    for node in nodes:
        yield from _flat(node, root)


def _below(node: Mapping[str, Any], part: str) -> Mapping[str, Any] | None:
    inner = node.get("properties", {}).get(part)
    more = node.get("additionalProperties")
    return inner if inner is not None else more if isinstance(more, Mapping) else None


def _flat(
    node: Mapping[str, Any], root: Mapping[str, Any], seen: frozenset[str] = frozenset()
) -> Iterator[Mapping[str, Any]]:
    """Yield the node, what it refers to, its alternatives and the items of its lists; each reference once."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        if name in seen:
            return
        node, seen = root["$defs"][name], seen | {name}
    yield node
    for inner in (*node.get("anyOf", ()), *([node["items"]] if "items" in node else ())):
        yield from _flat(inner, root, seen)


def _keys(place: Place, nodes: list[Any], root: Any, catalog: Catalog, subject: Entity | None) -> Iterator[Word]:
    for node in nodes:
        for key in node.get("properties", {}):
            operator = OPERATORS.get(key)
            yield Word(key, str(operator.label if operator else name_of(key)))
    if _is_condition(nodes, root) and subject is not None:
        yield from (Word(key, str(field.label)) for key, field in subject.fields.items())
    for key, label in suggestions.keys(place.path, catalog, subject if place.path != ("fields",) else None):
        yield Word(key, str(label))


def _values(place: Place, nodes: list[Any], root: Any, catalog: Catalog, subject: Entity | None) -> Iterator[Word]:
    for node in nodes:
        for value in (*node.get("enum", ()), *([node["const"]] if "const" in node else ())):
            yield Word(str(value), str(suggestions.word(value, next(reversed(place.path), ""))))
        if node.get("type") == "boolean":
            yield from (Word("true", ""), Word("false", ""))
    for key, label in suggestions.of(place.path, catalog, subject):
        yield Word(key, str(label))
    for part in reversed(place.path[-2:]):
        field = subject.fields.get(part) if subject is not None else None
        for key, label in (field.type.choices() or ()) if field is not None else ():
            yield Word(str(key), str(label))


def _is_condition(nodes: list[Any], root: Any) -> bool:
    return any(node.get("properties", {}).keys() >= {"all", "any", "not"} for node in nodes)


def _subject(kind: str, key: str, lines: list[str], place: Place, catalog: Catalog) -> Entity | None:
    """Return the entity that the place speaks of, as far as the text says."""
    if kind == "entities":
        return catalog.entities.get(key)
    if kind == "roles":
        return catalog.entities.get(place.path[1]) if place.path[:1] == ("entities",) and len(place.path) > 1 else None
    for word in ("from", "on") if "when" in place.path else ("on",):
        for line in lines:
            if found := re.match(rf"^{word}:\s*([a-z0-9_]+)", line):
                return catalog.entities.get(found[1])
    return None
