"""One field of an entity."""

from dataclasses import dataclass
from typing import Literal

from portal.fields.field_type import FieldType
from portal.fields.labels import Text

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

    @property
    def column(self) -> str:
        """The physical column's name; the key until one was provisioned."""
        return self.physical or self.key
