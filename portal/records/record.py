"""A record as one viewer may see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from portal import looks
from portal.fields import Field
from portal.records import reading
from portal.schema import Entity
from portal.security import Actor, policy
from portal.security.policy import Access


@dataclass
class Record:
    """One row with the person who looks at it; `id` is None until it is saved."""

    entity: Entity
    person: Actor
    id: int | None = None
    version: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    allowed: frozenset[str] = frozenset()
    labels: Mapping[tuple[str, int], str] = field(default_factory=dict, repr=False)
    known: dict[str, Access] = field(default_factory=dict, repr=False)  # one for all records of a page

    def __getitem__(self, key: str) -> Any:
        """The value itself, whatever the viewer may see: for code, never for a page."""
        return self.values.get(key)

    @property
    def title(self) -> str:
        """What the record is called, as far as the viewer may know."""
        return self.text(self.entity.title) or f"#{self.id or ''}"

    @property
    def is_archived(self) -> bool:
        return self.values.get("archived_at") is not None

    def may(self, action: str) -> bool:
        """Whether the viewer may edit, archive or export this record."""
        return action in self.allowed

    def access(self, key: str) -> Access:
        """What the viewer may do with a field; nothing with one that only another office has."""
        found = self.known.get(key)
        if found is None:
            field = self.entity.fields.get(key)
            found = self.known[key] = policy.access(self.person, field) if field else Access.HIDE
        return found

    def visible(self) -> Mapping[str, Field]:
        """The fields the viewer may read or see masked."""
        return self._visible

    @cached_property
    def _visible(self) -> Mapping[str, Field]:
        return {key: field for key, field in self.entity.fields.items() if self.access(key) > Access.HIDE}

    def value(self, key: str) -> Any:
        """The value if the viewer may read it, else None."""
        if self.access(key) < Access.READ:
            return None
        self.look(key)
        return self.values.get(key)

    def text(self, key: str) -> str:
        """What the viewer reads: the text, a mask or nothing."""
        value = self.values.get(key)
        if value is None:
            return ""
        self.look(key)
        return reading.told(self.entity.fields[key], value, self.access(key), self.labels)

    def look(self, key: str) -> None:
        """Note that the viewer sees the value, if it is there, guarded and not a mask; `text` and `value` do so."""
        is_there = key in self.entity.guarded and self.id and self.values.get(key) is not None
        if is_there and self.access(key) >= Access.READ:
            looks.note(self.person.id, self.entity.key, self.id or 0, key)
