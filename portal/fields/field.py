"""One field of an entity."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from portal.fields.field_type import FieldType
from portal.fields.labels import Text

if TYPE_CHECKING:
    from portal.fields.expression import Node

Sensitivity = Literal["public", "internal", "personal", "sensitive"]


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

    @property
    def column(self) -> str:
        """The physical column's name; the key until one was provisioned."""
        return self.physical or self.key

    def storage(self, columns: Mapping[str, str]) -> str:
        """What a column holds: a type, and of what is worked out also how; `columns` are the physical names by key."""
        if self.expression is None:
            return self.type.key
        how = hashlib.sha256(self.expression.canon(columns).encode()).hexdigest()
        return f"{self.type.key} {how[:24]}"
