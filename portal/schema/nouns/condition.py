"""`when:` in a document: a condition tree, read while the document is validated, against the entity it speaks of."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from portal.schema import conditions
from portal.schema.conditions import Condition


@dataclass(frozen=True)
class Scoped:
    """A raw condition that speaks of another entity than its document does."""

    entity: str
    node: object


def scope(data: object, entity: object, key: str = "when") -> object:
    """Return the data with its condition bound to the named entity, for a before-validator."""
    if isinstance(data, dict) and isinstance(entity, str) and data.get(key) is not None:
        return {**data, key: Scoped(entity, data[key])}
    return data


def _read(value: object, info: ValidationInfo) -> Condition:
    if isinstance(value, Condition):
        return value
    context: dict[str, Any] = info.context or {}
    name = value.entity if isinstance(value, Scoped) else context.get("subject")
    node = value.node if isinstance(value, Scoped) else value
    entity = context.get("entities", {}).get(name) if isinstance(name, str) else None
    if entity is None:  # the unknown entity itself is reported where it is named
        return conditions.Always()
    try:
        return conditions.parse(node, entity)
    except conditions.ConditionError as error:
        raise PydanticCustomError("condition", "bad condition", {"faults": tuple(error.problems)}) from error


When = Annotated[Condition, PlainValidator(_read)]
