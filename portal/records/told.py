"""What features tell on the timeline: rows of one shape, so that one statement reads them for all features.

A page of a record would else ask each feature for its few rows by a statement of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from portal.extensions import UtcDateTime

if TYPE_CHECKING:
    from portal.records.record import Record
    from portal.records.timeline import Item
    from portal.schema import Entity
    from portal.security import Actor

SHAPE: dict[str, TypeEngine[Any]] = {
    "before": sa.String(),
    "after": sa.String(),
    "by": sa.String(),
    "word": sa.String(),
    "comment": sa.Text(),
    "title": sa.JSON(),
    "about": sa.BigInteger(),
    "first_at": UtcDateTime(),
    "second_at": UtcDateTime(),
}
"""The columns besides `kind`, `id` and `at`; a source fills those that it has."""


@dataclass(frozen=True)
class About:
    """What a source is asked about: a record of this kind, by its id or the place of one in a statement."""

    entity: "Entity"
    id: Any


@dataclass(frozen=True)
class Source:
    """What a feature tells of a record: `rows` selects it (None: nothing for this person), `item` says one row.

    `rows` selects what `columns` gives; a person who may not know a row must not get it from there. The statement is
    kept for all who hold the same roles: of the person it may ask rights alone (see `prepared`).
    """

    kind: str
    rows: "Callable[[About, Actor], sa.Select[Any] | None]"
    item: "Callable[[Any, Record, Actor], Item]"


def columns(kind: str, id_: Any, at: Any, **told: Any) -> list[sa.ColumnElement[Any]]:
    """The columns of one source: those not named are empty. An engine must know the type of each in every part."""
    unknown = told.keys() - SHAPE.keys()
    if unknown:
        raise ValueError(f"no such columns: {', '.join(sorted(unknown))}")
    rest = [(told[name] if name in told else sa.cast(sa.null(), type_)).label(name) for name, type_ in SHAPE.items()]
    return [constant(kind).label("kind"), id_.label("id"), at.label("at"), *rest]


def constant(word: str) -> sa.ColumnElement[str]:
    """A word of ours, or a key of the schema, within the text of a statement; a bound one is put in at every run."""
    quoted = word.replace("'", "''")
    return sa.literal_column(f"'{quoted}'", sa.String())


def newest(parts: list[sa.Select[Any]], limit: int) -> sa.Select[Any]:
    """The newest rows of all parts in the order of the timeline."""
    told = sa.union_all(*parts).subquery("told")
    return sa.select(told).order_by(told.c.at.desc(), told.c.kind.desc(), told.c.id.desc()).limit(limit)


def moment(row: Any) -> datetime:
    """When a row happened; only what has happened is told."""
    assert row.at is not None, "what is told has happened"
    found: datetime = row.at
    return found
