"""Sealing what is stored anew: when a field becomes encrypted, and with another key; batch by batch beside the work.

A text says itself whether it is sealed and with which key, so pages read what is there at any moment. A batch is
locked, sealed and written only over the very texts that were read: no edit is lost, and versions, times of change
and histories stay.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import DropIndex

from portal import audit, jobs, schema, vault
from portal.extensions import db, transaction
from portal.records import indexes, tables, token_index
from portal.schema import Entity
from portal.security import Actor
from portal.vault import SealedText

JOB = "records.reseal"
BATCH = 500
PAST = "past"  # of the checkpoint: the values of the past come last


@dataclass(frozen=True)
class Column:
    """One column with sealed values, of a field in the release or of one that has gone."""

    place: str

    @cached_property
    def table(self) -> sa.Table:
        """The table with this column as plain text."""
        name, _, column = self.place.partition(".")
        return sa.Table(name, sa.MetaData(), sa.Column("id", sa.BigInteger), sa.Column(column, sa.Text))

    @property
    def text(self) -> sa.Column[Any]:
        """The text itself."""
        return self.table.c[self.place.partition(".")[2]]

    @property
    def entity(self) -> Entity | None:
        """The entity that searches by this column."""
        found = schema.current().stored.get(self.place.partition(".")[0].removeprefix("record_"))
        is_found = found and any(found.fields[key].place == self.place for key in token_index.keys(found))
        return found if is_found else None

    def batch(self, where: sa.ColumnElement[bool], after: int) -> list[tuple[int, str]]:
        """The next rows of which this is true, locked."""
        text = self.text
        select = sa.select(text.table.c.id, text).where(where, text.table.c.id > after)
        rows = db.session.execute(select.order_by(text.table.c.id).limit(BATCH).with_for_update())
        return [(id_, told) for id_, told in rows]

    def write(self, written: Mapping[int, tuple[str, str]]) -> None:
        """Put other texts over those that still stand there, by id."""
        text = self.text
        old = sa.bindparam("old", type_=sa.Text())
        statement = sa.update(text.table).where(text.table.c.id == sa.bindparam("which"), text == old)
        rows = [{"which": which, "old": before, "to": after} for which, (before, after) in written.items()]
        to = sa.bindparam("to", type_=sa.Text())
        db.session.connection().execute(statement.values({text.name: to}), rows)

    def count(self, where: sa.ColumnElement[bool]) -> int:
        """Of how many rows this is true."""
        return db.session.scalar(sa.select(sa.func.count()).select_from(self.text.table).where(where)) or 0


def follow(entity: Entity) -> None:
    """Bring the columns of an entity in step with a release that is being published.

    What becomes encrypted is left to the job; what no longer is, is opened at once, for lists may sort by it then.
    """
    states = vault.places.states()
    for field in entity.fields.values():
        column = Column(field.place)
        if field.encrypted and field.place not in states:
            is_filled = db.session.execute(sa.select(1).where(column.text.is_not(None)).limit(1)).first() is not None
            vault.places.put(field.place, mixed=is_filled)
            if is_filled:
                ask()
        elif not field.encrypted and field.place in states:
            _open(column)
            vault.places.drop(field.place)
            if field.key in token_index.keys(entity):
                jobs.enqueue("records.tokens", unique_key="records.tokens")


def ask(by: Actor | None = None) -> jobs.Job:
    """Have everything sealed with the current key; one job at a time is enough."""
    return jobs.enqueue(JOB, unique_key=JOB, by=by)


@dataclass(frozen=True)
class KeyState:
    """A data key as people see it; `values` counts what is sealed with it."""

    id: int
    state: str
    cipher: str
    made_at: datetime
    values: int


def states() -> list[KeyState]:
    """All data keys, the newest first."""
    return [
        KeyState(row.id, row.state, row.cipher, row.made_at, 0 if row.retired_at else holds(row.id))
        for row in vault.keyring.rows()
    ]


def rotate(by: Actor) -> tuple[int, jobs.Job]:
    """Make another key current at once, and ask for what is there to be sealed with it; its number and the job."""
    number = vault.keyring.rotate(str(by.name))
    audit.record("key.rotated", by=by, data={"key": number})
    return number, ask(by)


def left() -> int:
    """How many values are not sealed with the current key."""
    current = vault.keyring.living()[0].id
    columns = [Column(place) for place in vault.places.states()]
    rows = sum(column.count(SealedText.others(column.text, current)) for column in columns)
    return rows + vault.past.left(_old(current))


def holds(key_id: int) -> int:
    """How many values are sealed with a key."""
    columns = [Column(place) for place in vault.places.states()]
    rows = sum(column.count(SealedText.under(column.text, key_id)) for column in columns)
    return rows + vault.past.left([key_id])


def run(work: jobs.Work) -> dict[str, int]:
    """The job: go through all columns, then through the values of the past; retire the keys that hold nothing more."""
    with transaction():
        vault.keyring.sealing()
        done = int(work.checkpoint.get("done", 0))
        work.advance(done=done, total=done + left())
    for place in sorted(vault.places.states()):
        while _batch(work, Column(place)):
            pass
    while _past(work):
        pass
    return _finish()


def _batch(work: jobs.Work, column: Column) -> bool:
    """Seal the next rows of a column; a killed job goes on after its last batch."""
    with transaction():
        stale = SealedText.others(column.text, vault.keyring.sealing().id)
        rows = column.batch(stale, int(work.checkpoint.get(column.place, 0)))
        if rows:
            column.write({id_: (text, _anew(text, column.place, id_)) for id_, text in rows})
            _index(column, [id_ for id_, _ in rows])
            _advance(work, len(rows), **{column.place: rows[-1][0]})
    return bool(rows)


def _past(work: jobs.Work) -> bool:
    with transaction():
        count = vault.past.reseal(_old(vault.keyring.sealing().id), BATCH)
        _advance(work, count)
    return count > 0


def _anew(text: str, place: str, id_: int) -> str:
    return vault.seal(vault.unseal(text, place, id_), place, id_)


def _index(column: Column, ids: list[int]) -> None:
    """Index records for the search again: the tokens of what is encrypted are made with the key as well."""
    entity = column.entity
    if entity is not None:
        table = tables.table_of(entity.key)
        columns = [table.c[entity.fields[key].column].label(key) for key in token_index.keys(entity)]
        rows = db.session.execute(sa.select(table.c.id.label("id"), *columns).where(table.c.id.in_(ids))).mappings()
        token_index.replace(entity, [(row["id"], dict(row)) for row in rows])


def _advance(work: jobs.Work, count: int, **checkpoint: Any) -> None:
    done = int(work.checkpoint.get("done", 0)) + count
    work.advance(done=done, checkpoint={**work.checkpoint, "done": done, **checkpoint})


def _finish() -> dict[str, int]:
    """Say of columns that they are sealed throughout, and retire keys; what somebody wrote meanwhile is asked for."""
    with transaction():
        current = vault.keyring.sealing().id
        for place in list(vault.places.states()):
            column = Column(place)
            if column.count(SealedText.others(column.text, current)):  # a page that began before the release wrote it
                ask()
            elif vault.places.is_mixed(place):
                vault.places.put(place, mixed=False)
                _drop_plain_index(column)
        retired = [id_ for id_ in _old(current) if not holds(id_)]
        for id_ in retired:
            vault.keyring.retire(id_)
            audit.record("key.retired", by=None, data={"key": id_})
    return {"current": current, "retired": len(retired)}


def _old(current: int) -> list[int]:
    return [key.id for key in vault.keyring.living() if key.id != current]


def _drop_plain_index(column: Column) -> None:
    """The index over whole values is of no more use."""
    table, _, name = column.place.partition(".")
    db.session.execute(DropIndex(sa.Index(indexes.plain(table, name)), if_exists=True))


def _open(column: Column) -> None:
    """Make every value of a column plain, in the publishing transaction."""
    for rows in _sealed(column):
        column.write({id_: (text, vault.unseal(text, column.place, id_)) for id_, text in rows})


def _sealed(column: Column) -> Iterator[list[tuple[int, str]]]:
    last = 0
    while rows := column.batch(SealedText.under(column.text), last):
        yield rows
        last = rows[-1][0]
