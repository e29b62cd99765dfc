"""A kind of record, compiled: its labels, fields, layouts and the table that holds it."""

from collections import Counter
from collections.abc import Iterable, Mapping, MutableSequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from portal.fields import Field, Text
from portal.schema.demands import Demands
from portal.schema.layout import DetailLayout, Layout, ListLayout, Section


@dataclass(frozen=True)
class Timeline:
    """How a record shows on the timeline of its parent: the field of its time and a text with `{field}` places."""

    at: str
    text: str
    icon: str = ""


@dataclass(frozen=True)
class Side:
    """The other side of a reference: the records of `child` that point at this entity by `link`."""

    child: "Entity"
    link: Field
    is_below: bool  # by the parent of the child, whose key alone names the side
    is_only: bool = True  # no other field of the child points here

    @property
    def key(self) -> str:
        """Return the name of the side in layouts and addresses."""
        return self.child.key if self.is_below else f"{self.child.key}-{self.link.key}"

    @property
    def label(self) -> Text:
        """Return what the reference calls this side, else the plural, and by which field where that is needed."""
        many, by = self.child.plural, self.link.label
        if self.link.type.other_side or self.is_below or self.is_only:
            return self.link.type.other_side or many
        return Text(zh=f"{many.zh}（{by.zh}）", en=f"{many.en} ({by.en})")


def _nobody() -> "MutableSequence[Any]":
    return []


@dataclass(frozen=True)
class Entity:
    """A kind of record in the release: read-only, one instance for all requests of a process."""

    key: str
    label: Text
    plural: Text
    slug: str
    title: str
    fields: Mapping[str, Field]
    table_name: str
    icon: str = "folder"
    parent: str | None = None
    timeline: Timeline | None = None
    search: tuple[str, ...] = ()
    form: tuple[Section, ...] = ()
    list: ListLayout = field(default_factory=ListLayout)
    detail: DetailLayout = field(default_factory=DetailLayout)
    layouts: Mapping[str, Layout] = field(default_factory=dict)  # by role, in the order of the document
    menu: int | None = None
    description: Text | None = None
    nested: "MutableSequence[Entity]" = field(default_factory=_nobody, repr=False, compare=False)
    pointing: "MutableSequence[Side]" = field(default_factory=_nobody, repr=False, compare=False)

    def standing(self) -> tuple[bool, int, str]:
        """Return what entities are sorted by: their place in the menu, then those that have none."""
        return self.menu is None, self.menu or 0, self.key

    def sides(self) -> tuple[Side, ...]:
        """Return the other sides of all references to this entity: children in menu order, then the others."""
        return self._sides

    @cached_property
    def _sides(self) -> tuple[Side, ...]:
        below = [Side(child, child.fields[child.parent or ""], is_below=True) for child in self.children()]
        times = Counter(side.child.key for side in (*below, *self.pointing))
        beside = [replace(side, is_only=times[side.child.key] == 1) for side in self.pointing]
        return (*below, *sorted(beside, key=lambda side: side.key))

    def children(self) -> "tuple[Entity, ...]":
        """Return the entities whose parent reference points here, in menu order."""
        return self._children

    @cached_property
    def _children(self) -> "tuple[Entity, ...]":
        return tuple(sorted(self.nested, key=Entity.standing))

    def tab_keys(self) -> tuple[str, ...]:
        """Return the keys of the tabs of a record page: the timeline, children, and what points here among others."""
        return ("timeline", *(side.key for side in self.sides()))

    def layout_for(self, role_keys: Iterable[str]) -> Layout:
        """Return the layout of a holder of these roles: the first of the document that the person has, else the base.

        A layout arranges; it gives no right to see or write anything.
        """
        held = frozenset(role_keys)
        found = next((layout for role, layout in self.layouts.items() if role in held), None)
        return found or Layout(self.form, self.list, self.detail)

    def demands(self, state: Mapping[str, Any], before: Mapping[str, Any] | None, me: Any) -> Demands:
        """Return what the conditions of fields demand of a record; `before` is what is stored, None for a new one."""
        return Demands(self.conditional, state, before, me)

    @cached_property
    def conditional(self) -> tuple[Field, ...]:
        """Return the fields that other fields have a say in."""
        return tuple(field for field in self.fields.values() if field.causes)

    @cached_property
    def guarded(self) -> frozenset[str]:
        """Return the keys of the fields of which it is kept who saw them."""
        return frozenset(key for key, field in self.fields.items() if field.is_guarded)

    @cached_property
    def pointers(self) -> Mapping[str, Field]:
        """Return the fields whose values are ids of something else."""
        return {key: field for key, field in self.fields.items() if field.type.target is not None}

    @cached_property
    def sealed(self) -> tuple[Field, ...]:
        """Return the encrypted fields."""
        return tuple(field for field in self.fields.values() if field.encrypted)

    @cached_property
    def formulas(self) -> tuple[Field, ...]:
        """Return the fields that the database works out of others of the same record."""
        return tuple(field for field in self.fields.values() if field.expression is not None)

    def writable(self) -> dict[str, Field]:
        """Return the fields a person may fill in: all but metrics, tiers and what the portal itself keeps."""
        return {key: field for key, field in self.fields.items() if not field.computed}
