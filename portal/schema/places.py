"""Where each entry of a document stands in its text, to the character, so that an edit touches nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from portal.schema.source import Path

Branch = MappingNode | SequenceNode


@dataclass(frozen=True)
class Entry:
    """One `key: value` of a mapping or one item of a list, inside its text."""

    text: str
    parent: Branch
    number: int

    @property
    def key(self) -> Node | None:
        """The key's node; an item of a list has none."""
        return self.parent.value[self.number][0] if isinstance(self.parent, MappingNode) else None

    @property
    def value(self) -> Node:
        """The value's node."""
        below = self.parent.value[self.number]
        node: Node = below[1] if isinstance(self.parent, MappingNode) else below
        return node

    @property
    def is_flow(self) -> bool:
        """Whether it stands in brackets or braces."""
        return bool(self.parent.flow_style)

    @property
    def indent(self) -> int:
        """The column of the key or the dash."""
        return int(self.parent.start_mark.column)

    @property
    def start(self) -> int:
        """Where the key, the dash or the item in brackets begins."""
        if self.key is not None:
            return int(self.key.start_mark.index)
        return int(self.value.start_mark.index) if self.is_flow else self._dash()

    @property
    def begin(self) -> int:
        """Where the value begins; one that is missing begins behind the colon or the dash."""
        if not is_missing(self.value):
            return int(self.value.start_mark.index)
        if self.key is not None:
            return self.text.index(":", self.key.end_mark.index) + 1
        return self.start if self.is_flow else self.start + 1

    @property
    def end(self) -> int:
        """Where its content ends; what follows on the line, such as a comment, is not counted."""
        return self.begin if is_missing(self.value) else end_of(self.text, self.value)

    @property
    def line_end(self) -> int:
        """The end of the line on which it ends: the newline, or the end of the text."""
        found = self.text.find("\n", self.end)
        return len(self.text) if found < 0 else found

    @property
    def line_start(self) -> int:
        """The beginning of the line on which it starts."""
        return self.text.rfind("\n", 0, self.start) + 1

    @property
    def is_first_on_its_line(self) -> bool:
        """Whether only blanks stand before it; the first key of an item stands behind a dash."""
        return not self.text[self.line_start : self.start].strip()

    @property
    def with_comments(self) -> int:
        """Where the comment lines begin that stand directly above it, at its own column."""
        start, line = self.start, self.line_start
        while self.is_first_on_its_line and line > 0:
            above = self.text.rfind("\n", 0, line - 1) + 1
            bare = self.text[above : line - 1]
            if len(bare) - len(bare.lstrip(" ")) != self.indent or not bare.lstrip(" ").startswith("#"):
                break
            start, line = above + self.indent, above
        return start

    def _dash(self) -> int:
        place = int(self.value.start_mark.index)
        while place > 0:
            place = self.text.rfind("-", 0, place)
            if place - (self.text.rfind("\n", 0, place) + 1) == self.indent:
                return place
        return place


def compose(text: str) -> Node | None:
    """Return the nodes of a document."""
    node: Node | None = YAML(typ="safe", pure=True).compose(text)
    return node


def find(text: str, path: Path) -> Node | None:
    """Return what stands at the path, or None."""
    node = compose(text)
    for part in path:
        place = place_of(node, part)
        if place is None or not isinstance(node, MappingNode | SequenceNode):
            return None
        node = node.value[place][1] if isinstance(node, MappingNode) else node.value[place]
    return node


def entry(text: str, path: Path) -> Entry | None:
    """Return the entry at the path, or None."""
    parent = find(text, path[:-1])
    place = place_of(parent, path[-1])
    if place is None or not isinstance(parent, MappingNode | SequenceNode):
        return None
    return Entry(text, parent, place)


def entries(text: str, parent: Branch) -> Iterator[Entry]:
    """Yield the entries of a mapping or list."""
    return (Entry(text, parent, number) for number in range(len(parent.value)))


def place_of(node: Node | None, part: str | int) -> int | None:
    """Return the number of an entry below a node."""
    if isinstance(node, MappingNode):
        return next((place for place, (key, _) in enumerate(node.value) if key.value == str(part)), None)
    if isinstance(node, SequenceNode) and isinstance(part, int) and 0 <= part < len(node.value):
        return part
    return None


def is_block(node: Node) -> bool:
    """Whether it takes lines of its own: a mapping or list without brackets, or a text behind | or >."""
    if isinstance(node, ScalarNode):
        return node.style in ("|", ">")
    return isinstance(node, MappingNode | SequenceNode) and not node.flow_style


def is_missing(node: Node) -> bool:
    """Whether nothing is written where a value could be; the marks of such a node stand at what follows."""
    return isinstance(node, ScalarNode) and not node.style and node.value == ""


def end_of(text: str, node: Node) -> int:
    """Return where the content of a node ends."""
    if isinstance(node, ScalarNode):
        end = int(node.end_mark.index)
        return len(text[:end].rstrip()) if is_block(node) else end
    if not isinstance(node, MappingNode | SequenceNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    return Entry(text, node, len(node.value) - 1).end
