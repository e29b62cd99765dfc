"""One field of an entity."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from portal.fields.field_type import FieldType
from portal.fields.labels import Text
from portal.fields.links import table_of
from portal.vault import OpeningText, SealedText

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.types import TypeEngine

    from portal.fields.expression import Node

LONGEST = 60  # characters of a table's name; PostgreSQL cuts at 63
Sensitivity = Literal["public", "internal", "personal", "sensitive"]


class Test(Protocol):
    """A condition on the record's other values."""

    def matches(self, values: Mapping[str, Any], now: datetime, me: Any = None) -> bool: ...
    def fields(self) -> set[str]: ...


@dataclass(frozen=True)
class Field:
    """What the schema says of one field; everything about its values is asked of `type`."""

    entity: str
    key: str
    label: Text
    type: FieldType
    help: Text | None = None
    required: bool = False
    unique: bool = False
    default: object = None
    filterable: bool = False
    sortable: bool = False
    sensitivity: Sensitivity = "internal"
    purpose: str | None = None
    retention: str | None = None
    physical: str = ""
    computed: bool = False
    expression: "Node | None" = None
    visible_when: Test | None = None
    required_when: Test | None = None
    read_only_when: Test | None = None
    opening: bool = made(default=False, compare=False)  # was encrypted: sealed values may be left in its column

    @property
    def is_guarded(self) -> bool:
        """Whether it matters who sees the values: personal, sensitive or encrypted ones."""
        return self.encrypted or self.sensitivity in ("personal", "sensitive")

    @property
    def column(self) -> str:
        """The physical column's name; the key until one was provisioned."""
        return self.physical or self.key

    @property
    def link_table(self) -> str:
        """The table with a row for each record that a value of this field points at; no key of an entity has a $."""
        name = f"record_{self.entity}${self.column}"
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        return name if len(name) <= LONGEST else f"{name[: LONGEST - 9]}_{digest}"

    @property
    def links(self) -> "Table":
        """That table."""
        return table_of(self.link_table)

    @property
    def encrypted(self) -> bool:
        """Whether its values are sealed at rest."""
        return self.type.is_sealed

    @property
    def may_be_sealed(self) -> bool:
        """Whether sealed values stand in its column, or may be left there."""
        return self.encrypted or self.opening

    @property
    def place(self) -> str:
        """Table and column, to which a sealed value is bound."""
        return f"record_{self.entity}.{self.column}"

    def column_type(self) -> "TypeEngine[Any]":
        """The type of the column in the table of records."""
        if self.encrypted:
            return SealedText(self.place)
        if self.opening:
            return OpeningText(self.place)
        return self.type.column_beside(self.link_table)

    @property
    def causes(self) -> set[str]:
        """The other fields that decide whether this one is shown, asked for or shut, and what may be chosen."""
        tests = (self.visible_when, self.required_when, self.read_only_when)
        found = {key for test in tests if test is not None for key in test.fields()}
        return found | ({self.type.leader} if self.type.leader else set())

    def among(self, values: Mapping[str, Any]) -> "Field":
        """This field with only the options that belong to these values."""
        leader = self.type.leader
        return replace(self, type=self.type.narrowed(values.get(leader))) if leader else self

    def storage(self, columns: Mapping[str, str]) -> str:
        """What a column holds: a type, and of what is worked out also how; `columns` are the physical names by key."""
        if self.expression is None:
            return self.type.key
        how = hashlib.sha256(self.expression.canon(columns).encode()).hexdigest()
        return f"{self.type.key} {how[:24]}"
