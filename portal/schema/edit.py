"""Change a document's text in one place and leave every other character, comments too, as it is."""

import json
import re
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, SequenceNode

from portal.errors import Invalid
from portal.schema.places import Branch, Entry, entries, entry, find, is_block
from portal.schema.source import Path, read


def add_field(text: str, key: str, facts: Mapping[str, Any]) -> str:
    """Put a field at the end of an entity's `fields`."""
    fields = find(text, ("fields",))
    if not isinstance(fields, MappingNode) or fields.flow_style or not fields.value:
        raise Invalid({}, "fields must be a block of key: value")
    return put(text, ("fields", key), dict(facts))


def add_word(text: str, path: Path, word: str) -> str:
    """Put a word at the end of a list, whichever style the list is written in; a list that is missing stays so."""
    found = find(text, path)
    return insert(text, path, len(found.value), word) if isinstance(found, SequenceNode) else text


def put(text: str, path: Path, value: Any, order: Sequence[str] = ()) -> str:
    """Set the value at a path; a new key comes behind those that stand before it in `order`, else last."""
    if not path:
        return _dump(value, None) if value else "{}\n"
    there = entry(text, path)
    if there is not None:
        return _replace(text, there, value)
    parent = find(text, path[:-1])
    if isinstance(parent, MappingNode) and parent.value:
        return _add(text, parent, str(path[-1]), value, order)
    if isinstance(parent, SequenceNode) and parent.value:
        return insert(text, path[:-1], len(parent.value), value)
    return put(text, path[:-1], {path[-1]: value} if isinstance(path[-1], str) else [value])


def remove(text: str, path: Path) -> str:
    """Take the entry at a path away; what held nothing else stays as `{}` or `[]`."""
    there = entry(text, path)
    if there is None:
        return text
    if len(there.parent.value) == 1:
        return put(text, path[:-1], {} if isinstance(there.parent, MappingNode) else [])
    siblings = list(entries(text, there.parent))
    following = siblings[there.number + 1 :]
    if there.is_flow or not there.is_first_on_its_line:
        if following:
            return text[: there.start] + text[following[0].start :]
        return text[: siblings[-2].end] + text[there.end :]
    return text[: there.line_start] + text[there.line_end + 1 :]


def insert(text: str, path: Path, place: int, value: Any) -> str:
    """Put an item into the list at a path; place 0 is the first."""
    found = find(text, path)
    if not isinstance(found, SequenceNode) or not found.value:
        return put(text, path, [value])
    items = list(entries(text, found))
    before = items[min(place, len(items)) - 1] if place > 0 else None
    if found.flow_style:
        fresh = inline(value)
        at = before.end if before else items[0].start
        return text[:at] + (f", {fresh}" if before else f"{fresh}, ") + text[at:]
    return _between(text, items[0], before, _item(value, items[0].indent))


def move(text: str, path: Path, by: int) -> str:
    """Let the entry at a path change places with the one `by` further on; comments above it come along."""
    there = entry(text, path)
    if there is None or by not in (-1, 1) or not 0 <= there.number + by < len(there.parent.value):
        return text
    first, second = sorted((there.number, there.number + by))
    (a, b), (c, d) = (_span(Entry(text, there.parent, number)) for number in (first, second))
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def rename(text: str, path: Path, key: str) -> str:
    """Give the entry at a path another key."""
    there = entry(text, path)
    if there is None or there.key is None:
        return text
    return text[: there.start] + inline(key) + text[there.key.end_mark.index :]


def _span(there: Entry) -> tuple[int, int]:
    return (there.start, there.end) if there.is_flow else (there.with_comments, there.line_end)


def _add(text: str, parent: Branch, key: str, value: Any, order: Sequence[str]) -> str:
    siblings = list(entries(text, parent))
    earlier = set(order[: order.index(key)]) if key in order else {str(one.key and one.key.value) for one in siblings}
    before = [one for one in siblings if one.key is not None and one.key.value in earlier]
    if parent.flow_style:
        fresh, at = f"{inline(key)}: {inline(value)}", before[-1].end if before else siblings[0].start
        return text[:at] + (f", {fresh}" if before else f"{fresh}, ") + text[at:]
    return _between(text, siblings[0], before[-1] if before else None, _pair(key, value, siblings[0].indent))


def _between(text: str, first: Entry, before: Entry | None, fresh: str) -> str:
    """Put lines behind an entry of a block, or before the first of it."""
    blank = " " * first.indent
    if before is None:
        return f"{text[: first.start]}{fresh}\n{blank}{text[first.start :]}"
    return f"{text[: before.line_end]}\n{blank}{fresh}{text[before.line_end :] or chr(10)}"


def _replace(text: str, there: Entry, value: Any) -> str:
    start = there.begin
    if there.is_flow:
        gap = " " if text[start - 1] == ":" else ""
        return text[:start] + gap + inline(value) + text[there.end :]
    key = there.key.value if there.key is not None else None
    fresh = _item(value, there.indent) if key is None else _pair(str(key), value, there.indent)
    if is_block(there.value):
        return text[: there.start] + fresh + text[there.line_end :]
    if "\n" not in fresh:
        gap = "" if text[start - 1] in " \n" else " "
        return text[:start] + gap + fresh[len(_head(key)) :] + text[there.end :]
    first, _, rest = fresh.partition("\n")
    return f"{text[: there.start]}{first}{text[there.end : there.line_end]}\n{rest}{text[there.line_end :]}"


def _head(key: object) -> str:
    return "- " if key is None else f"{inline(key)}: "


def _pair(key: str, value: Any, indent: int) -> str:
    """Return `key: value` for a block, without the indent of its first line."""
    long = _literal(value, indent + 2)
    return f"{inline(key)}: {long}" if long else _lines({key: value}, indent).lstrip()


def _item(value: Any, indent: int) -> str:
    long = _literal(value, indent + 2)
    return f"- {long}" if long else _lines([value], indent).lstrip()


def _literal(value: object, indent: int) -> str:
    """Return a text of several lines as it is read, behind `|`; empty where that would not give it back."""
    if not isinstance(value, str) or "\n" not in value.rstrip("\n") or value[:1] in " \n\t" or value.endswith("\n\n"):
        return ""
    if any(line != line.rstrip() or not line.isprintable() for line in value.split("\n")):
        return ""
    lines = value.removesuffix("\n").split("\n")
    mark = "|" if value.endswith("\n") else "|-"
    return "\n".join([mark, *(" " * indent + line if line else "" for line in lines)])


def _lines(data: Any, indent: int) -> str:
    """Return YAML with the innermost mappings and lists on one line, without a newline at the end."""
    inside = (
        next(iter(data.values() if isinstance(data, dict) else data), None) if isinstance(data, dict | list) else None
    )
    text = _dump(data, None if isinstance(inside, dict | list) and inside else False).rstrip("\n")
    if read("", text).tree != data:  # what a plain style does not give back is quoted
        text = (
            f"- {inline(data[0])}"
            if isinstance(data, list)
            else "".join(f"{inline(k)}: {inline(v)}" for k, v in data.items())
        )
    return "\n".join(" " * indent + line if line else line for line in text.split("\n"))


def inline(data: Any) -> str:
    """Return YAML on one line, fit to stand in braces."""
    text, quoted = _dump({"x": data}, True), json.dumps(data, ensure_ascii=False)
    text = text.strip().removeprefix("{x: ").removesuffix("}")
    plain = not re.search('"[:?]', quoted)  # such words are read differently inside braces
    return text if plain and read("", f"{{y: {text}, z: 1}}").tree == {"y": data, "z": 1} else quoted


def _dump(data: Any, flow: bool | None) -> str:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.allow_unicode, yaml.width = flow, True, 100_000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the order of keys is the author's
    yaml.representer.ignore_aliases = lambda *_: True  # documents hold none; the line above must come first
    out = StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def line_of(text: str, key: str) -> int:
    """Return the line (1-based) of a field of an entity's document."""
    return read("entities/x.yml", text).line(("fields", key))
