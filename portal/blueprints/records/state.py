"""What a list shows, as its address says it: filters, order, columns, words, page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from portal import records
from portal.blueprints import engine
from portal.blueprints.records.heads import Heads
from portal.fields import Field
from portal.schema import Entity, conditions
from portal.schema import layout as laid
from portal.security import Person, policy

PREFIX = conditions.PREFIX
WORDS = ("q", "sort", "columns", "archived")
SAFE = "!$'()*,/:;?@"  # what an address may hold as it is, behind its question mark
MOST_COLUMNS = 30
MOST_KEYS = 3  # of an order


@dataclass(frozen=True)
class Chip:
    """One filter in force: what it says, and where the list goes without it."""

    key: str
    text: str
    without: str
    wrong: bool = False


@dataclass(frozen=True)
class ListState:
    """The state of one list for one person; every part of it stands in the address."""

    entity: Entity
    person: Person
    args: MultiDict[str, str]
    view: int | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words that narrow the list."""
        return self.args.get("q", "").strip()[:100]

    @property
    def archived(self) -> bool:
        return self.args.get("archived") == "1"

    @cached_property
    def readable(self) -> Mapping[str, Field]:
        """The fields that may be filtered and sorted by: those the person may read."""
        return {one.key: one for one in records.reading.readable(self.person, self.entity.fields.values())}

    @cached_property
    def layout(self) -> laid.ListLayout:
        """The list as it is laid out for the person."""
        return self.entity.layout_for(self.person.role_keys).list

    @cached_property
    def columns(self) -> tuple[Field, ...]:
        """The columns chosen, else those of the layout; without what the person may not see."""
        chosen = [key for key in self.args.get("columns", "").split(",") if key] or list(self.layout.columns)
        shown = records.reading.chosen(self.person, self.entity, chosen)
        return tuple(shown[:MOST_COLUMNS]) or (self.entity.fields[self.entity.title],)

    @cached_property
    def column_keys(self) -> tuple[str, ...]:
        return tuple(one.key for one in self.columns)

    def heads(self) -> Heads:
        """The columns as a table wants them."""
        fields = (one for one in self.entity.writable().values() if not (one.type.is_upload or one.type.is_automatic))
        writable = {one.key for one in fields if policy.access(self.person, one) == policy.Access.WRITE}
        return Heads(self.entity, self.columns, () if self.archived else writable)

    def column_choices(self) -> list[Field]:
        """The fields a list may show, the chosen ones first and in their order."""
        seen = records.reading.shown(self.person, self.entity.fields.values())
        return [*self.columns, *(one for one in seen if one.key not in self.column_keys)]

    @cached_property
    def sort(self) -> tuple[str, ...]:
        """The order asked for, as far as it is known and allowed."""
        asked = [key for key in self.args.get("sort", "").split(",") if key]
        return tuple(key for key in asked[:MOST_KEYS] if self.may_sort(key.removeprefix("-")))

    def may_sort(self, key: str) -> bool:
        """Whether the list can be ordered by the field."""
        one = self.readable.get(key)
        return one is not None and one.sortable

    @cached_property
    def condition(self) -> conditions.Condition:
        """All filters that can be read; what is wrong with the others goes to `problems`."""
        parts = [part for _, _, part in self._filters if part is not None]
        return conditions.All(tuple(parts)) if parts else conditions.Always()

    @cached_property
    def _filters(self) -> tuple[tuple[str, str, conditions.Condition | None], ...]:
        asked = [pair for pair in self.args.items(multi=True) if pair[0].startswith(PREFIX) and pair[1]]
        return tuple((name, value, self._test(name, value)) for name, value in asked)

    def _test(self, name: str, value: str) -> conditions.Condition | None:
        if name.removeprefix(PREFIX) not in self.readable:
            return None
        try:
            return conditions.from_query(MultiDict([(name, value)]), self.entity)
        except conditions.ConditionError as error:
            self.problems.append(str(error))
            return None

    def tests(self) -> list[tuple[str, str]]:
        """The filters in force, as arguments."""
        return [(name, value) for name, value, part in self._filters if part is not None]

    def chips(self) -> list[Chip]:
        """The filters in force, each with the address of the list without it."""
        found = []
        for name, value, part in self._filters:
            text = part.sentence() if part is not None else f"{name.removeprefix(PREFIX)}: {value}"
            found.append(Chip(name.removeprefix(PREFIX), text, self.without(name, value), part is None))
        return found

    @cached_property
    def filtered(self) -> frozenset[str]:
        """The keys that filters are asked for by."""
        return frozenset(name.removeprefix(PREFIX) for name, _value, _part in self._filters)

    @cached_property
    def opening(self) -> list[records.opening.Opening]:
        """The fields being opened that make this list incomplete; of what is shown by another order, that order."""
        return records.opening.concerned(self.entity, self.person, self.condition, self.order)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The state as arguments, without the page."""
        return [
            (name, value)
            for name, value in self.args.items(multi=True)
            if value and (name.startswith(PREFIX) or name in WORDS)
        ]

    def asked(self) -> dict[str, list[str]]:
        """The filters alone, as arguments of another way to look at the same records."""
        arguments: dict[str, list[str]] = {}
        for name, value in self.pairs:
            if name.startswith(PREFIX) or name == "q":
                arguments.setdefault(name, []).append(value)
        return arguments

    def without(self, name: str, value: str | None = None) -> str:
        """The address of the list without an argument."""
        kept = [pair for pair in self.pairs if pair[0] != name or (value is not None and pair[1] != value)]
        return self._address(kept)

    def url(self, **changes: Any) -> str:
        """The address of this list with some arguments changed; None takes one away."""
        kept = [pair for pair in self.pairs if pair[0] not in changes]
        return self._address(kept + [(name, str(value)) for name, value in changes.items() if value is not None])

    def replaced(self, key: str, tests: list[tuple[str, str]]) -> str:
        """The address with the filters on one field replaced."""
        return self._address([pair for pair in self.pairs if pair[0] != PREFIX + key] + tests)

    def sorted_by(self, key: str) -> str:
        """The address with the order of a column: up, then down."""
        return self.url(sort=f"-{key}" if key in self.direction(key) else key)

    def sorted_also_by(self, key: str) -> str:
        """The address with the column as a further key of the order, or the other way round where it is one."""
        turned = [f"-{key}" if one == key else key if one == f"-{key}" else one for one in self.order]
        return self.url(sort=",".join(turned if turned != list(self.order) else [*self.order, key][-MOST_KEYS:]))

    def direction(self, key: str) -> tuple[str, ...]:
        """The present order if it begins with the field, else nothing."""
        return self.order[:1] if self.rank(key) == 1 else ()

    @property
    def order(self) -> tuple[str, ...]:
        """The order in force: what was asked for, else that of the layout."""
        return self.sort or tuple(self.layout.sort)

    def rank(self, key: str) -> int:
        """Which key of the order the field is, from 1; 0 where it is none."""
        keys = [one.removeprefix("-") for one in self.order]
        return keys.index(key) + 1 if key in keys else 0

    def sortable(self) -> list[Field]:
        """The fields the list may be ordered by, its columns first."""
        fields = dict.fromkeys([*self.column_keys, *self.readable])
        return [self.readable[key] for key in fields if self.may_sort(key)]

    def _address(self, pairs: list[tuple[str, str]]) -> str:
        arguments: dict[str, list[str]] = {}
        for name, value in pairs:
            arguments.setdefault(name, []).append(value)
        if self.view is not None and pairs:
            arguments["view"] = [str(self.view)]
        return f"{self._index}?{urlencode(arguments, doseq=True, safe=SAFE)}" if arguments else self._index

    @cached_property
    def _index(self) -> str:
        return engine.address("records.index", entity=self.entity)  # once, for a table asks for dozens of addresses
