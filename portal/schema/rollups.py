"""Metrics that an entity declares itself, as fields of the type `rollup`."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from pydantic import ValidationError

from portal.fields import FIELD_TYPES, Field, FieldType
from portal.schema import complaints, sealed
from portal.schema.catalog import Catalog
from portal.schema.entity import Entity
from portal.schema.nouns.entity import FieldNoun
from portal.schema.nouns.metric import MetricNoun
from portal.schema.problems import Fault, unknown
from portal.schema.system_fields import system_fields

CALLED = {"from": "of", "measure": "field"}  # what a roll-up calls the keys of a metric
SHARED = frozenset(FieldNoun.model_fields)


def measured(trees: Mapping[str, Any], entity: str, field: str) -> FieldType | None:
    """The type of a field as the documents say it, before any entity is built; None for what cannot be measured."""
    system = system_fields(entity).get(field)
    if system is not None:
        return system.type
    try:
        item = trees[f"entities/{entity}.yml"]["fields"][field]
        options = {key: value for key, value in item.items() if key not in SHARED}
        kind = FIELD_TYPES[item["type"]].model_validate(options)
    except (KeyError, TypeError, AttributeError, ValidationError):
        return None
    if kind.measure() is not None:
        return None
    return kind.held.sealed() if kind.sealable and sealed.is_sealed(trees, entity, field) else kind.held


def noun_of(field: Field, kind: FieldType, entities: Mapping[str, Entity]) -> tuple[MetricNoun | None, list[Fault]]:
    """The metric that the field stands for, and what is wrong with it, by paths below the field."""
    tree: dict[str, Any] = {"metric": field.key, "label": field.label, "on": field.entity, "type": kind.held.key}
    tree |= kind.measure() or {}
    source = entities.get(tree["from"])
    if source is None:
        return None, [unknown(("of",), tree["from"], entities, _l("entity"))]
    if "through" not in tree:
        ways = [key for key, one in source.fields.items() if one.type.target == field.entity]
        ways.sort(key=lambda key: source.fields[key].type.is_many)  # a field of one record before one of several
        if not ways:
            message = _l('"%(of)s" has no reference to "%(entity)s"', of=source.key, entity=field.entity)
            return None, [Fault(("of",), message)]
        tree["through"] = ways[0]
    reference = source.fields.get(tree["through"])
    if reference is not None and reference.type.target != field.entity:
        return None, [Fault(("through",), _l('"%(field)s" points to another entity', field=reference.key))]
    if not kind.is_measurable:
        return None, [Fault(("how",), _l("a field of this type cannot be measured so"))]
    try:
        return MetricNoun.model_validate(tree, context={"entities": entities}), []
    except ValidationError as error:
        return None, [_beside(fault) for fault in complaints.faults(error, MetricNoun, tree, frozenset())]


def faults(noun: MetricNoun, catalog: Catalog) -> Iterator[Fault]:
    """What is wrong with the metric in the light of the other documents."""
    source = catalog.entities.get(noun.source)
    if source and _is_figure(source, noun.what, catalog):
        yield Fault(("field",), _l("a metric or roll-up cannot be measured again"))
    yield from map(_beside, noun.faults(catalog))


def _is_figure(source: Entity, key: str, catalog: Catalog) -> bool:
    """Whether the field is a figure itself, which changes behind the back of those who would measure it."""
    return any(other.on == source.key and other.key == key for other in catalog.figures)


def _beside(fault: Fault) -> Fault:
    first = str(fault.path[0]) if fault.path else ""
    rest = () if first == "measure" else fault.path[1:]
    return Fault((CALLED.get(first, first), *rest), fault.message, fault.hint, fault.severity)
