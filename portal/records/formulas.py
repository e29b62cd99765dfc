"""What the database works out of a record's other values, worked out here for the record in hand."""

from collections.abc import Mapping
from typing import Any

from portal.schema import Entity


def worked_out(entity: Entity, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all formulas of a record with these values; the statement that reads it would give the same."""
    return {field.key: field.expression.value(values) for field in entity.formulas if field.expression is not None}
