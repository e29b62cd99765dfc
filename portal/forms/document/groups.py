"""Controls that hold others: parts of a document, lists of parts, mappings of named parts, conditions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.fields import FIELD_TYPES, Text
from portal.forms.builder import Builder
from portal.forms.document.control import ABSENT, Control, Problem, Sent
from portal.forms.document.names import name_of
from portal.forms.document.single import Raw


@dataclass
class Group(Control):
    """A part with keys of its own; an optional one may be missing."""

    template = "group"
    children: Sequence[Control] = ()
    optional: bool = False
    fresh: Callable[[], Any] = str  # what it begins with when it is added

    @property
    def is_open(self) -> bool:
        """Whether its keys are shown."""
        return self.is_there or not self.optional

    @property
    def own(self) -> list[Problem]:
        """The problems that no key inside shows."""
        inside = [item for child in self.children for item in child.found] if self.is_open else []
        return [item for item in self.found if item not in inside]

    @property
    def title(self) -> str:
        """What tells this part from its siblings; nothing where its number does."""
        return caption(self.value) or str(self.called or ("" if isinstance(self.key, int) else self.key))

    @property
    def shown(self) -> list[Control]:
        """The keys with inputs."""
        return [child for child in self.children if not isinstance(child, Group) or child.is_open]

    @property
    def missing(self) -> list[Control]:
        """The optional parts that may be added."""
        return [child for child in self.children if isinstance(child, Group) and not child.is_open]

    def inner(self) -> Iterator[Control]:
        yield from self.children

    def read(self, sent: Sent) -> Any:
        if not self.is_open:
            return self.value
        new = dict(self.value) if isinstance(self.value, dict) else {}
        for child in self.children:
            got = child.read(sent)
            if got is not ABSENT:
                new[str(child.key)] = got
            else:
                new.pop(str(child.key), None)
        return self.value if not new and not self.value else new


@dataclass
class OneOf(Group):
    """A part that is of exactly one kind, such as a step: the kinds missing are not offered again."""

    template = "one_of"

    @property
    def title(self) -> str:
        """The kind it is of."""
        return next((str(child.label) for child in self.children if child.is_there), str(self.key))

    @property
    def missing(self) -> list[Control]:
        """The kinds to choose from while it is of none."""
        return [] if any(child.is_there for child in self.children) else super().missing


@dataclass
class Parts(Control):
    """A list of parts; `kinds` are what an added one may be."""

    template = "parts"
    items: Sequence[Control] = ()
    fresh: Callable[[str], Any] = str
    kinds: Sequence[tuple[str, Any]] = ()

    @property
    def own(self) -> list[Problem]:
        """The problems that no item shows."""
        inside = [item for child in self.items for item in child.found]
        return [item for item in self.found if item not in inside]

    def inner(self) -> Iterator[Control]:
        yield from self.items

    def read(self, sent: Sent) -> Any:
        if not self.is_there:
            return self.value
        return [{} if (got := item.read(sent)) is ABSENT else got for item in self.items]


@dataclass
class Named(Parts):
    """Parts under keys of their own, such as levels and options."""

    template = "named"
    drills: bool = False  # each part has a page of its own
    keys: Sequence[tuple[str, Any]] = ()  # what a new key may be; empty: anything

    def read(self, sent: Sent) -> Any:
        if not self.is_there or self.drills:
            return self.value
        new = dict(self.value) if isinstance(self.value, dict) else {}
        for item in self.items:
            got = item.read(sent)
            new[str(item.key)] = None if got is ABSENT else got
        return new


@dataclass
class Row(Control):
    """A named part shown in one line that leads to its own page."""

    template = "row"

    @property
    def title(self) -> str:
        """Its label."""
        return caption(self.value) or str(self.key)

    @property
    def kind(self) -> str:
        """What people call its type, where it has one."""
        key = str(self.value.get("type") or "") if isinstance(self.value, dict) else ""
        return str(FIELD_TYPES[key].label) if key in FIELD_TYPES else key

    @property
    def marks(self) -> list[str]:
        """What is switched on in it."""
        ways = ("required", "unique", "filterable", "sortable")
        return [str(name_of(way)) for way in ways if isinstance(self.value, dict) and self.value.get(way) is True]


@dataclass
class Rule(Raw):
    """A condition: rows of the builder, or YAML where it has more than one level."""

    template = "rule"
    builder: Builder | None = None
    sentence: str = ""
    entity: str = ""
    build: Callable[[Sent, str], Builder] | None = field(default=None, repr=False)

    def read(self, sent: Sent) -> Any:
        if self.builder is None or self.build is None:
            return super().read(sent)
        if sent.get(f"{self.name}/shown") is None:
            return self.value
        node = self.build(sent, f"{self.name}/").node()
        if node == self.builder.node():
            return self.value
        return node or ABSENT


def caption(value: Any) -> str:
    """Return what people call a part: its label or title, in the language of the page."""
    told = next((value[key] for key in ("label", "title", "section") if value.get(key)), "") if _is_map(value) else ""
    if not told and _is_map(value) and ("zh" in value or "en" in value):
        told = {side: value[side] for side in ("zh", "en") if value.get(side)}
    try:
        return str(Text.model_validate(told)) if told else ""
    except ValueError:
        return ""


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)
