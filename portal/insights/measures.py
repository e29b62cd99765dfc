"""Numbers over records, always seen through a lens: no figure counts a row its reader may not see."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal import clock, records
from portal.extensions import db
from portal.fields import Field, FieldType
from portal.insights.lens import Lens
from portal.insights.lens import entity as entity_of
from portal.insights.periods import Period, Unit
from portal.schema import Entity
from portal.schema.conditions import Condition
from portal.security import Actor

Number = Decimal | int
Source = Callable[[Lens], Sequence[Mapping[str, Any]]]
HOWS: dict[str, Callable[..., sa.ColumnElement[Any]]] = {"sum": sa.func.sum, "avg": sa.func.avg}
_sources: dict[str, Source] = {}


@dataclass(frozen=True)
class Measure:
    """What to count: records, or the sum or average of a field of them; `within` is the field of their day."""

    entity: str
    how: str = "count"
    field: str | None = None
    when: Condition | None = None
    within: str | None = None

    @property
    def kind(self) -> FieldType | None:
        """The type of the numbers, or None where records are counted."""
        return None if self.how == "count" or self.field is None else entity_of(self.entity).fields[self.field].type


@dataclass(frozen=True)
class Slice:
    """One part of a split total: the value it stands for, its name, its number and the colour the value goes by."""

    key: Any
    label: str
    value: Number
    colour: str = "secondary"


def total(measure: Measure, lens: Lens) -> Number:
    """The number over everything the lens shows; 0 where there is nothing."""
    entity = entity_of(measure.entity)
    where = lens.where(entity, measure.when, measure.within)
    found = db.session.execute(sa.select(_value(measure, entity, lens)).where(*where)).scalar()
    return _number(measure, found)


def split(measure: Measure, by: str, lens: Lens) -> list[Slice]:
    """The number for each value of a field: in the order of its options, else the largest first."""
    entity = entity_of(measure.entity)
    field = entity.fields[by]
    part = field.type.group(records.reading.column(lens.person, entity, by)).label("part")
    where = lens.where(entity, measure.when, measure.within)
    select = sa.select(part, _value(measure, entity, lens)).where(*where).group_by(part)
    found = {key: _number(measure, value) for key, value in db.session.execute(select)}
    return [Slice(key, label, found[key], field.type.colour(key)) for key, label in _named(field, found, lens.person)]


def along(measure: Measure, unit: Unit, period: Period, lens: Lens) -> tuple[Unit, list[Slice]]:
    """The number for each day, week or month of the period; the unit may come out finer than asked."""
    entity = entity_of(measure.entity)
    field = entity.fields[measure.within or "created_at"]
    column = records.reading.column(lens.person, entity, field.key)
    finer, buckets = period.buckets(unit)
    today = clock.today()
    buckets = [bucket for bucket in buckets if bucket.start <= today] or buckets[:1]  # the future holds no bars
    after = [field.type.at(bucket.moments[1]) for bucket in buckets]
    place = sa.case(*((column < end, number) for number, end in enumerate(after)), else_=len(buckets))
    where = replace(lens, period=period).where(entity, measure.when, field.key)
    select = sa.select(place.label("place"), _value(measure, entity, lens)).where(*where).group_by("place")
    found: dict[int, Any] = dict(db.session.execute(select).all())
    slices = [
        Slice(bucket.start, bucket.name(finer), _number(measure, found.get(number)))
        for number, bucket in enumerate(buckets)
    ]
    return finer, slices


def listed(
    columns: Sequence[str], lens: Lens, *, measure: Measure, sort: Sequence[str], limit: int
) -> tuple[list[records.Record], int]:
    """The first `limit` records the lens shows, and how many there are in all."""
    condition = lens.condition(entity_of(measure.entity), measure.when, measure.within)
    page = records.search(
        measure.entity, lens.person, condition=condition, sort=sort, columns=list(columns), limit=limit
    )
    return page.records, int(total(measure, lens))


def provide(name: str, source: Source) -> None:
    """Let another room answer for a table that is not made of records; said once, in the wiring."""
    _sources[name] = source


def provided(name: str, lens: Lens) -> Sequence[Mapping[str, Any]]:
    """The rows of a named source, or none where no room provides it."""
    source = _sources.get(name)
    return source(lens) if source else ()


def _value(measure: Measure, entity: Entity, lens: Lens) -> sa.ColumnElement[Any]:
    if measure.how == "count" or measure.field is None:
        return sa.func.count(records.tables.table_of(entity.key).c.id)
    return HOWS[measure.how](records.reading.column(lens.person, entity, measure.field))


def _number(measure: Measure, value: Any) -> Number:
    if measure.how == "count":
        return int(value or 0)
    return Decimal(value or 0).quantize(Decimal("0.01"))


def _named(field: Field, found: Mapping[Any, Number], person: Actor) -> Iterator[tuple[Any, str]]:
    choices = field.type.choices()
    if choices is not None:
        offered = {key: str(label) for key, label in choices}
        yield from ((key, label) for key, label in offered.items() if key in found)
        yield from ((key, field.type.text(key)) for key in found if key is not None and key not in offered)  # archived
        return
    keys = sorted((key for key in found if key is not None), key=lambda key: -found[key])
    shown = records.links.names({target for key in keys for target in records.links.targets(field, key)}, person)
    yield from ((key, field.type.named(key, shown)) for key in keys)
