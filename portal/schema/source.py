"""Read a YAML document safely, remembering the line of every key and item."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from portal.schema.problems import Problem

MAX_BYTES = 256 * 1024  # of one document
MAX_DEPTH = 40
Path = tuple[str | int, ...]


@dataclass
class Source:
    """A document as plain data: `lines` maps the path of each key and item to its line (1-based)."""

    file: str
    text: str
    tree: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Return the line of the path, or of the nearest thing above it that exists."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def blame(self, path: Path, message: object, hint: object = "") -> None:
        """Note a problem of the path."""
        self.problems.append(Problem(self.file, self.line(path), dotted(path), message, hint))


def write(document: Mapping[str, Any]) -> str:
    """Return the YAML text of plain data, one key a line and Chinese as it is."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.allow_unicode, yaml.width = False, True, 110
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the order of keys is the author's
    yaml.representer.ignore_aliases = lambda *_: True  # documents hold none; the line above must come first
    out = StringIO()
    yaml.dump(dict(document), out)
    return out.getvalue()


def dotted(path: Path) -> str:
    """Return the path for people: `fields.phone.type`, items as `steps[1]` counted from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read(file: str, text: str) -> Source:
    """Read one document; whatever is wrong with the YAML itself is in `problems`, and then `tree` may be None."""
    source = Source(file, text)
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        source.blame((), _l("the document is larger than %(size)s kB", size=MAX_BYTES // 1024))
        return source
    try:
        node = YAML(typ="safe", pure=True).compose(text)
        source.tree = _Reader(source).plain(node, ()) if node is not None else None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        source.problems.append(Problem(file, line, "", _l("not YAML: %(why)s", why=_why(error))))
    except (YAMLError, ValueError) as error:
        source.blame((), _l("not YAML: %(why)s", why=str(error).splitlines()[0][:200]))
    except RecursionError:
        source.blame((), _l("nested too deeply"))
    if source.tree is None and not source.problems:
        source.blame((), _l("the document is empty"))
    return source


def _why(error: MarkedYAMLError) -> str:
    return str(error.problem or error.context or "syntax error")


class _Reader:
    """Turns the nodes of one document into plain data."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.seen: set[int] = set()

    def plain(self, node: Node, path: Path) -> Any:
        self.source.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if id(node) in self.seen:
            self.source.blame(path, _l("aliases (*name) are not used in documents"))
            return None
        self.seen.add(id(node))
        if len(path) > MAX_DEPTH:
            raise RecursionError
        if isinstance(node, SequenceNode):
            return [self.plain(child, (*path, place)) for place, child in enumerate(node.value)]
        return dict(self._pairs(cast(MappingNode, node), path))

    def _pairs(self, node: MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, ScalarNode) else "?"
            line = key_node.start_mark.line + 1
            if key in first:
                message = _l("duplicate key, first on line %(line)s", line=first[key])
                self.source.problems.append(Problem(self.source.file, line, dotted((*path, key)), message))
                continue
            first[key] = line
            self.source.lines[(*path, key)] = line
            yield key, self.plain(value_node, (*path, key))

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        kind = str(node.tag).rpartition(":")[2]
        text = node.value
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            digits = text.replace("_", "")
            return int(digits, 10 if digits.lstrip("+-").isdigit() else 0)
        if kind == "float":
            return self._float(text, path)
        if kind not in ("str", "timestamp"):
            self.source.blame(path, _l("the tag %(tag)s is not used in documents", tag=str(node.tag)))
        return text

    def _float(self, text: str, path: Path) -> float | None:
        try:
            number = float(text.replace("_", ""))
        except ValueError:
            number = float("nan")
        if number != number or number in (float("inf"), float("-inf")):
            self.source.blame(path, _l("%(text)s is not a number", text=text))
            return None
        return number
