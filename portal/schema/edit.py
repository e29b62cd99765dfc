"""Change a document's text in one place and leave every other character, comments too, as it is."""

from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from portal.errors import Invalid
from portal.schema.source import Path, read


def add_field(text: str, key: str, facts: Mapping[str, Any]) -> str:
    """Put a field at the end of an entity's `fields`."""
    fields = _find(text, ("fields",))
    if not isinstance(fields, MappingNode) or fields.flow_style or not fields.value:
        raise Invalid({}, "fields must be a block of key: value")
    indent = fields.value[0][0].start_mark.column
    return _insert_lines(text, _end_of(text, fields), _block({key: dict(facts)}, indent))


def add_word(text: str, path: Path, word: str) -> str:
    """Put a word at the end of a list, whichever style the list is written in; a list that is missing stays so."""
    found = _find(text, path)
    if not isinstance(found, SequenceNode):
        return text
    if found.flow_style:
        place = found.end_mark.index - 1
        while text[place - 1] in " \n\t":
            place -= 1
        return text[:place] + (", " if found.value else "") + word + text[place:]
    return _insert_lines(text, _end_of(text, found), " " * found.start_mark.column + f"- {word}\n")


def _find(text: str, path: Path) -> Node | None:
    node: Node | None = YAML(typ="safe", pure=True).compose(text)
    for part in path:
        if isinstance(node, MappingNode):
            node = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            return None
    return node


def _end_of(text: str, node: Node) -> int:
    """Return the line (0-based) after the last one that says something inside the node."""
    lines = text.splitlines()
    last: int = min(node.end_mark.line if node.end_mark.column == 0 else node.end_mark.line + 1, len(lines))
    while last > node.start_mark.line + 1 and _says_nothing(lines[last - 1], node.start_mark.column):
        last -= 1
    return last


def _says_nothing(line: str, indent: int) -> bool:
    """A blank, a comment, or a line that stands outside of a block so deep."""
    bare = line.strip()
    return not bare or bare.startswith("#") or len(line) - len(line.lstrip()) < indent


def _insert_lines(text: str, line: int, lines: str) -> str:
    parts = text.splitlines(keepends=True)
    if parts and not parts[-1].endswith("\n"):
        parts[-1] += "\n"
    return "".join([*parts[:line], lines, *parts[line:]])


def _block(data: Mapping[str, Any], indent: int) -> str:
    """Return YAML with the innermost mappings and lists on one line."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.allow_unicode, yaml.width = None, True, 1000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    out = StringIO()
    yaml.dump(dict(data), out)
    return "".join(" " * indent + line for line in out.getvalue().splitlines(keepends=True))


def line_of(text: str, key: str) -> int:
    """Return the line (1-based) of a field of an entity's document."""
    return read("entities/x.yml", text).line(("fields", key))
