"""One part of an entity's layout as lanes of cards that are moved about; what changes is the text of the document."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from portal.forms import lanes
from portal.forms.lanes import Group, Lane
from portal.schema import edit, nouns, rewrite, source

ORDER = tuple(nouns.EntityNoun.model_fields)
PARTS = lanes.PARTS


BASE_ONLY = ("board", "calendar")  # of a list: the same for all roles


class Sent(Protocol):
    """What a browser sent."""

    def get(self, key: str) -> str | None: ...


@dataclass
class Arrangement:
    """A part (form, list or detail) for everybody (no role) or for one role, out of a document's text.

    A role without a part of its own shows that of everybody; its first change writes one down. Raises ValueError for
    a text whose part is written in another shape than the one documents have.
    """

    text: str
    part: str
    role: str = ""
    value: Any = field(init=False)
    is_own: bool = field(init=False)

    def __post_init__(self) -> None:
        tree = _tree(self.text)
        if not isinstance(tree, dict):
            raise ValueError("no mapping")
        held = _at(tree, self.path)
        self.is_own = held is not None
        base = tree.get(self.part)
        self.value = lanes.read(self.part, deepcopy(self._told(base, held)))

    def _told(self, base: Any, held: Any) -> Any:
        """What is shown: a role's list says only what differs."""
        if self.role and self.part == "list" and isinstance(base, dict) and isinstance(held, dict):
            return {**{key: said for key, said in base.items() if key not in BASE_ONLY}, **held}
        return base if held is None else held

    @property
    def path(self) -> source.Path:
        """Where the part stands in the document."""
        return ("layouts", self.role, self.part) if self.role else (self.part,)

    def groups(self) -> list[Group]:
        """The lanes with their cards, by what may stand in them."""
        return lanes.groups(self.part, self.value)

    def move(self, group: str, card: str, to: str, before: str = "") -> str:
        """Return the text with a card in another place: before another one or last; an unknown lane is the tray."""
        found = self._group(group)
        was_wide = any(card in lane.wide for lane in found.lanes)
        for lane in found.lanes:
            if card in lane.cards:
                lane.cards.remove(card)
            if card in lane.wide and lane.key != to:
                lane.wide.remove(card)
        target = next((lane for lane in found.lanes if lane.key == to), None)
        if target is not None:
            target.cards.insert(target.cards.index(before) if before in target.cards else len(target.cards), card)
            if was_wide and card not in target.wide:
                target.wide.append(card)
        return self._written()

    def step(self, group: str, card: str, by: int) -> str:
        """Return the text with a card one place up or down; over the end of its lane it goes into the next."""
        found = self._group(group).lanes
        for number, lane in enumerate(found):
            if card not in lane.cards:
                continue
            place = lane.cards.index(card) + by
            if 0 <= place < len(lane.cards):
                lane.cards.remove(card)
                lane.cards.insert(place, card)
                return self._written()
            if 0 <= number + by < len(found):
                other = found[number + by]
                return self.move(group, card, other.key, other.cards[0] if by > 0 and other.cards else "")
        return self.text

    def widen(self, card: str) -> str:
        """Return the text with a field over the whole width of its section, or back in one column."""
        for lane in self._lanes():
            if card in lane.cards:
                lane.wide.remove(card) if card in lane.wide else lane.wide.append(card)
        return self._written()

    def add_section(self, label: Mapping[str, str]) -> str:
        """Return the text with one more section at the end of the form."""
        self.value.append({"section": dict(label), "fields": []})
        return self._written()

    def drop_section(self, number: int) -> str:
        """Return the text without a section; its fields are free again."""
        if self.is_own and len(self.value) > 1:
            return edit.remove(self.text, (*self.path, number))
        self.value = [section for place, section in enumerate(self.value) if place != number]
        return self._written()

    def shift_section(self, number: int, to: int) -> str:
        """Return the text with a section in another place; comments above it go along."""
        if not 0 <= to < len(self.value):
            return self.text
        if not self.is_own:
            self.value.insert(to, self.value.pop(number))
            return self._written()
        text, by = self.text, 1 if to > number else -1
        for place in range(number, to, by):
            text = edit.move(text, (*self.path, place), by)
        return text

    def kept(self, sent: Sent) -> str:
        """Return the text with what the inputs of sections and list say; what was not sent stays."""
        before = deepcopy(self.value)
        lanes.keep(self.part, self.value, sent)
        return self.text if self.value == before else self._written()

    def as_everybody(self) -> str:
        """Return the text without the role's own part."""
        tree = _tree(self.text)
        path: source.Path = self.path
        while len(path) > 1 and self.role and len(_at(tree, path[:-1]) or ()) == 1:
            path = path[:-1]
        return edit.remove(self.text, path) if self.role else self.text

    def _group(self, key: str) -> Group:
        return next(group for group in self.groups() if group.key == key)

    def _lanes(self) -> Iterator[Lane]:
        for group in self.groups():
            yield from group.lanes

    def _written(self) -> str:
        tree = deepcopy(_tree(self.text))
        below = tree
        for part in self.path[:-1]:
            below = below.setdefault(part, {})
        base = tree.get(self.part) if self.role and self.part == "list" else None
        told = lanes.written(self.part, self.value, _at(tree, self.path), lanes.usual(self.part, base))
        below[self.path[-1]] = told
        return rewrite.rewrite(self.text, tree, ORDER)


@lru_cache(maxsize=32)
def _tree(text: str) -> Any:
    """Read a text once: an act asks for it before, while and after it is done."""
    return source.read("", text).tree


def _at(tree: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        tree = tree.get(part) if isinstance(tree, dict) else None
    return tree
