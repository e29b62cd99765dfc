"""Sealing what is stored anew: when a field becomes encrypted or plain, and with another key; beside the work.

A text says itself whether it is sealed and with which key, so pages read what is there at any moment. A batch is
locked, sealed or opened and written only over the very texts that were read: no edit is lost, and versions, times of
change and histories stay.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import DropIndex

from portal import audit, jobs, schema, vault
from portal.extensions import db, transaction
from portal.fields import Field
from portal.records import indexes, tables, token_index
from portal.schema import Catalog, Entity
from portal.security import Actor
from portal.vault import SealedText

JOB = "records.reseal"
BATCH = 500


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
    def is_opening(self) -> bool:
        """Whether its values are to become plain."""
        return vault.places.is_opening(self.place)

    @property
    def is_filled(self) -> bool:
        """Whether any row has a value."""
        return db.session.execute(sa.select(1).where(self.text.is_not(None)).limit(1)).first() is not None

    def stale(self, current: int) -> sa.ColumnElement[bool]:
        """The rows whose text is not as it is to be."""
        return SealedText.under(self.text) if self.is_opening else SealedText.others(self.text, current)

    def anew(self, text: str, id_: int) -> str:
        """A text as it is to be: plain, or sealed with the current key."""
        plain = vault.unseal(text, self.place, id_)
        return plain if self.is_opening else vault.seal(plain, self.place, id_)

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


def follow(catalog: Catalog, entity: Entity) -> None:
    """Bring the columns of an entity in step with a release that is being published.

    What becomes encrypted, and what no longer is, is left to the job. At once is opened what the database itself must
    read from now on: for formulas, and to say which rows a role may see.
    """
    states = vault.places.states()
    for field in entity.fields.values():
        column = Column(field.place)
        if field.encrypted and (field.place not in states or vault.places.is_opening(field.place)):
            is_filled = column.is_filled
            vault.places.seal(field.place, mixed=is_filled)
            if is_filled:
                ask()
        elif not field.encrypted and field.place in states:
            vault.places.open_(field.place)
            if _is_read_by_the_database(catalog, entity, field):
                _open_at_once(column)
                jobs.enqueue("records.tokens", unique_key="records.tokens")
            else:
                ask()


def _is_read_by_the_database(catalog: Catalog, entity: Entity, field: Field) -> bool:
    asked: list[Collection[str]] = [
        one.expression.asks() for one in entity.fields.values() if one.expression is not None
    ]
    grants = (grant for role in catalog.roles.values() for key, grant in role.entities.items() if key == entity.key)
    asked += [grant.when.fields() for grant in grants if grant.when is not None]
    return any(field.key in keys for keys in asked)


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
    """How many values are not sealed with the current key, or not opened yet."""
    current = vault.keyring.living()[0].id
    columns = [Column(place) for place in vault.places.states()]
    rows = sum(column.count(column.stale(current)) for column in columns)
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
    """Seal or open the next rows of a column; a killed job goes on after its last batch."""
    with transaction():
        stale = column.stale(vault.keyring.sealing().id)
        rows = column.batch(stale, int(work.checkpoint.get(column.place, 0)))
        if rows:
            column.write({id_: (text, column.anew(text, id_)) for id_, text in rows})
            _index(column, [id_ for id_, _ in rows])
            _advance(work, len(rows), **{column.place: rows[-1][0]})
    return bool(rows)


def _past(work: jobs.Work) -> bool:
    with transaction():
        count = vault.past.reseal(_old(vault.keyring.sealing().id), BATCH)
        _advance(work, count)
    return count > 0


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
    """Say of columns that they are sealed or plain throughout, retire keys; what was written meanwhile is asked for."""
    for place in [place for place in vault.places.states() if vault.places.is_opening(place)]:
        with transaction():
            _end_opening(Column(place))
    with transaction():
        current = vault.keyring.sealing().id
        for place in list(vault.places.states()):
            column = Column(place)
            if column.count(column.stale(current)):  # a page that began before the release wrote it
                ask()
            elif vault.places.is_mixed(place):
                vault.places.seal(place, mixed=False)
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


def _end_opening(column: Column) -> None:
    """Take a column off the list once nothing in it is sealed; whoever still seals for it is waited for."""
    vault.keyring.quiet()
    if column.is_opening and not column.count(column.stale(0)):
        table, _, name = column.place.partition(".")
        vault.places.drop(column.place)
        db.session.execute(DropIndex(sa.Index(indexes.sealed(table, name)), if_exists=True))


def _open_at_once(column: Column) -> None:
    last = 0
    while rows := column.batch(column.stale(0), last):
        column.write({id_: (text, column.anew(text, id_)) for id_, text in rows})
        last = rows[-1][0]
    _end_opening(column)
