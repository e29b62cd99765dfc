"""A kind of record, compiled: its labels, fields, layouts and the table that holds it."""

from collections.abc import Iterable, Mapping, MutableSequence
from dataclasses import dataclass, field
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
    pointing: MutableSequence[Field] = field(default_factory=_nobody, repr=False, compare=False)

    def relations(self) -> tuple[Field, ...]:
        """Return the fields of any entity that point at several records of this one."""
        return tuple(sorted(self.pointing, key=lambda one: (one.entity, one.key)))

    def children(self) -> "tuple[Entity, ...]":
        """Return the entities whose parent reference points here, in menu order."""
        return tuple(sorted(self.nested, key=lambda child: (child.menu is None, child.menu or 0, child.key)))

    def tab_keys(self) -> tuple[str, ...]:
        """Return the keys of the tabs of a record page: the timeline, children, and what points here among others."""
        pointing = (f"{field.entity}-{field.key}" for field in self.relations())
        return ("timeline", *(child.key for child in self.children()), *pointing)

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

    def writable(self) -> dict[str, Field]:
        """Return the fields a person may fill in: all but metrics, tiers and what the portal itself keeps."""
        return {key: field for key, field in self.fields.items() if not field.computed}
