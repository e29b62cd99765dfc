"""What the database must be asked before values are stored: is it unique, is it there, may it be pointed at."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal import schema
from portal.extensions import db
from portal.fields import Field
from portal.records import link_index, ranks, reach
from portal.records.stored_file import StoredFile
from portal.records.tables import table_of
from portal.schema import Entity
from portal.security import Actor, Office, Person, Team

CHUNK = 5000  # values in one IN (…): below the limit of both engines
Row = tuple[int | None, Mapping[str, Any]]  # the record's id, None for a new one, and the values it is to get
Problems = dict[int, dict[str, str]]  # by position of the row


def check(entity: Entity, rows: Sequence[Row], by: Actor) -> Problems:
    """What forbids to store these rows, by their position; call it in the transaction that stores them."""
    problems: Problems = defaultdict(dict)
    for field in entity.fields.values():
        if field.unique:
            for at in taken(entity, field, rows):
                problems[at][field.key] = gettext("Another record already has this value.")
        if field.type.target is not None:
            for at in _lost(field, rows, by):
                problems[at][field.key] = gettext("Choose one from the list.")
        if field.type.target == entity.key:
            for at, problem in misplaced(entity, field, rows):
                problems[at].setdefault(field.key, problem)
    return dict(problems)


def misplaced(entity: Entity, field: Field, rows: Sequence[Row]) -> Iterator[tuple[int, str]]:
    """Positions of rows that a field between records of this entity would put where they cannot stand, and why."""
    if field.type.is_ranking and any(id_ and values.get(field.key) for id_, values in rows):
        lock(f"ranks {entity.key}.{field.column}")  # two at a time could each go below the other
    yield from ranks.problems(field, rows)


def chunks(values: Collection[Any]) -> Iterator[list[Any]]:
    """The values in lists that fit into one statement."""
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


def lock(name: str) -> None:
    """Keep others who ask for the same name waiting until this transaction ends; on SQLite writers wait anyway.

    Who only looks what would happen, outside a writing transaction, keeps nobody waiting.
    """
    if db.engine.dialect.name == "postgresql" and db.session().info.get("in_transaction"):
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(name))))


def taken(entity: Entity, field: Field, rows: Sequence[Row]) -> Iterator[int]:
    """Positions of rows whose value another record or an earlier row has; blanks may repeat."""
    given = {at: values[field.key] for at, (_, values) in enumerate(rows) if values.get(field.key) is not None}
    if not given:
        return
    lock(f"unique {entity.key}.{field.column}")  # two at a time would both find the value free
    table = table_of(entity.key)
    column = table.c[field.column]
    holders: dict[Any, int | None] = {}
    for chunk in chunks(set(given.values())):
        found = db.session.execute(sa.select(column, table.c.id).where(column.in_(chunk)))
        holders.update(found.all())
    for at, value in given.items():
        if value in holders and (holders[value] is None or holders[value] != rows[at][0]):
            yield at
        else:
            holders[value] = rows[at][0]


def _lost(field: Field, rows: Sequence[Row], by: Actor) -> Iterator[int]:
    """Positions of rows that point anew at what is not there for the person who saves."""
    told = ((at, values.get(field.key)) for at, (_, values) in enumerate(rows))
    given = {at: set(field.type.pointed(value)) for at, value in told if value is not None}
    if given and field.type.is_linking:
        _leave_out_held(field, rows, given)
    # Whoever acts is there: most records are given to the one who saves them.
    there = {by.id} if field.type.target == "person" and by.id is not None else set[int]()
    for chunk in chunks(set().union(*given.values()) - there):
        there.update(db.session.scalars(_there(str(field.type.target), chunk, by)))
    yield from (at for at, ids in given.items() if not ids <= there)


def _leave_out_held(field: Field, rows: Sequence[Row], given: Mapping[int, set[int]]) -> None:
    """What a record points at already may stay, even if the person who changes it does not see it."""
    places = {rows[at][0]: at for at in given if rows[at][0] is not None}
    for record, pointed in link_index.held(field, [id_ for id_ in places if id_ is not None]):
        given[places[record]].discard(pointed)


def _there(target: str, ids: list[int], by: Actor) -> sa.Select[int]:
    staff = STAFF.get(target)
    if staff is not None:
        return staff(ids, by)
    entity, table = schema.current().entities[target], table_of(target)
    return sa.select(table.c.id).where(
        table.c.id.in_(ids), table.c.archived_at.is_(None), reach.rows(by, "view", entity)
    )


def _people(ids: list[int], by: Actor) -> sa.Select[int]:
    return sa.select(Person.id).where(Person.id.in_(ids), Person.active)


def _files(ids: list[int], by: Actor) -> sa.Select[int]:
    """Files the person brought in and that hang on no record yet: naming another's file must not open it."""
    return sa.select(StoredFile.id).where(
        StoredFile.id.in_(ids), StoredFile.entity.is_(None), StoredFile.created_by_id == by.id
    )


STAFF: dict[str, Callable[[list[int], Actor], sa.Select[int]]] = {
    "person": _people,
    "office": lambda ids, by: sa.select(Office.id).where(Office.id.in_(ids)),
    "team": lambda ids, by: sa.select(Team.id).where(Team.id.in_(ids)),
    "file": _files,
}


def unknown() -> str:
    """What to say of a record that is not there for this person."""
    return gettext("There is no such record, or you may not change it.")
