"""When a field is shown, must be filled in or is shut, and which options belong to which of another field."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.fields import Field
from portal.schema import conditions
from portal.schema.entity import Entity
from portal.schema.problems import Fault, unknown

WORDS = ("visible_when", "required_when", "read_only_when")


def attach(entity: Entity, tree: Mapping[str, Any]) -> Iterator[Fault]:
    """Read the conditions of the entity's document into its fields; yields what is wrong with them."""
    fields: dict[str, Field] = entity.fields  # type: ignore[assignment]
    read: dict[str, dict[str, Any]] = {}
    for key, item in (tree.get("fields") or {}).items():
        if key in fields and isinstance(item, dict):
            read[key] = {}
            for word in WORDS:
                if item.get(word) is not None:
                    yield from _read(entity, (key, word), item[word], read[key])
            yield from _cascade(entity, fields[key])
    for key, found in read.items():
        if found:
            fields[key] = replace(fields[key], **found)


def _read(entity: Entity, place: tuple[str, str], node: object, found: dict[str, Any]) -> Iterator[Fault]:
    key, word = place
    try:
        condition = conditions.parse(node, entity)
    except conditions.ConditionError as error:
        for fault in error.problems:
            yield Fault(("fields", key, word, *fault.path), fault.message, fault.hint)
        return
    if key in condition.fields() and word != "read_only_when":
        yield Fault(("fields", key, word), _l("a field cannot depend on itself"))
    found[word] = condition


def _cascade(entity: Entity, field: Field) -> Iterator[Fault]:
    """The leading field must be there and have the options that are named."""
    leader, wanted = field.type.leader, field.type.led_by()
    path = ("fields", field.key)
    if leader is None:
        if wanted:
            yield Fault((*path, "depends_on"), _l("say which field the options belong to"))
        return
    if leader not in entity.fields or leader == field.key:
        yield unknown((*path, "depends_on"), leader, [key for key in entity.fields if key != field.key], _l("field"))
        return
    known = {key for key, _ in entity.fields[leader].type.choices() or ()}
    for option, words in wanted.items():
        for word in words:
            if word not in known:
                yield unknown((*path, "options", option, "under"), word, known, _l("option"))
