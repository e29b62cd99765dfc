"""The token index against the records: made anew, or only looked at, a batch at a time while people search and write.

An entry is changed where it stands and only where it differs, within one transaction with the records locked that it
is about: no search misses a record meanwhile, and no older text comes over a newer one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from portal import jobs, schema
from portal.extensions import db, transaction
from portal.records import token_index
from portal.records.tables import table_of
from portal.records.token_index import SearchEntry
from portal.schema import Catalog, Entity, releases

JOB = "records.tokens"
BATCH = 500

Values = Mapping[Any, Any]


def rebuild(work: jobs.Work) -> dict[str, int]:
    """The job `records.tokens`: mend every entry that differs from its record; resumes where it stopped."""
    found: dict[str, int] = {"records": 0, "differing": 0} | work.checkpoint.get("found", {})
    for key, entity in schema.current().entities.items():
        last = int(work.checkpoint.get(key, 0))
        while some := _mend(entity, last):
            last, number, differing = some
            found = {"records": found["records"] + number, "differing": found["differing"] + differing}
            work.advance(found["records"], checkpoint={**work.checkpoint, key: last, "found": found})
        _forget_beyond(entity, last)
    return found


def differing() -> int:
    """In how many rows the index differs from the records, changing nothing."""
    total = 0
    for entity in schema.current().entities.values():
        last = 0
        while rows := _records(entity, last):
            total += len(_compare(entity, rows, last))
            last = rows[-1]["id"]
            db.session.rollback()
        total += len(_beyond(entity, last))
    db.session.rollback()
    return total


def is_sound() -> bool:
    """Whether SQLite's full-text index is what its entries say; PostgreSQL keeps its own right."""
    if db.engine.dialect.name != "sqlite":
        return True
    try:
        with transaction():
            db.session.execute(sa.text("INSERT INTO search_token(search_token, rank) VALUES ('integrity-check', 1)"))
    except sa.exc.DatabaseError:
        return False
    return True


def restore_full_text() -> None:
    """Make SQLite's full-text index anew from the entries, in one transaction: readers go on with the old one."""
    with transaction():
        db.session.execute(sa.text("INSERT INTO search_token(search_token) VALUES ('rebuild')"))


def follow(plan: releases.Plan) -> None:
    """Ask for a rebuild where a release searches other fields than the one before."""
    shared = plan.old.stored.keys() & plan.new.stored.keys()
    if any(_fed(plan.old, key) != _fed(plan.new, key) for key in shared):
        jobs.enqueue(JOB, unique_key=JOB)


def _fed(catalog: Catalog, key: str) -> list[tuple[str, str]]:
    """What feeds the index of an entity: mark and type of each field."""
    entity = catalog.stored[key]
    return [(token_index.mark(entity, name), entity.fields[name].type.key) for name in token_index.keys(entity)]


def _mend(entity: Entity, after: int) -> tuple[int, int, int] | None:
    """Mend the entries of the next records; the last id, how many there were and how many differed."""
    with transaction():  # which on SQLite takes the write lock before anything is read
        rows = _records(entity, after, locked=True)
        if not rows:
            return None
        wrong = _compare(entity, rows, after)
        _write(entity, rows, wrong)
    return rows[-1]["id"], len(rows), len(wrong)


def _records(entity: Entity, after: int, *, locked: bool = False) -> Sequence[Values]:
    table = table_of(entity.key)
    columns = [table.c[entity.fields[name].column].label(name) for name in token_index.keys(entity)]
    select = sa.select(table.c.id.label("id"), *columns).where(table.c.id > after).order_by(table.c.id).limit(BATCH)
    return db.session.execute(select.with_for_update() if locked else select).mappings().all()


def _compare(entity: Entity, rows: Sequence[Values], after: int) -> dict[int, int | None]:
    """Record ids whose entry is wrong, each with the id of the entry; None where there is none."""
    entry: Any = SearchEntry.__table__
    here = sa.and_(entry.c.entity == entity.key, entry.c.record_id > after, entry.c.record_id <= rows[-1]["id"])
    select = sa.select(entry.c.record_id, entry.c.id, sa.cast(entry.c.tokens, sa.Text)).where(here)
    held = {record_id: (id_, _set(tokens)) for record_id, id_, tokens in db.session.execute(select)}
    wanted = {row["id"]: set(token_index.tokens_of(entity, row).split()) for row in rows}
    found: dict[int, int | None] = {
        id_: held.get(id_, (None,))[0] for id_ in wanted if held.get(id_, (0, 0))[1] != wanted[id_]
    }
    return found | {id_: held[id_][0] for id_ in held.keys() - wanted.keys()}


def _set(tokens: str) -> set[str]:
    """The tokens as both engines give them: PostgreSQL puts each in quotes."""
    return {token.strip("'") for token in tokens.split()}


def _write(entity: Entity, rows: Sequence[Values], wrong: Mapping[int, int | None]) -> None:
    by_id = {row["id"]: row for row in rows}
    entry: Any = SearchEntry.__table__
    changed = [(id_, by_id[record_id]) for record_id, id_ in wrong.items() if id_ is not None and record_id in by_id]
    if changed:
        statement = sa.update(entry).where(entry.c.id == sa.bindparam("entry_id"))
        told = [{"entry_id": id_, "tokens": token_index.tokens_of(entity, row)} for id_, row in changed]
        db.session.connection().execute(
            statement.values(tokens=sa.bindparam("tokens", type_=entry.c.tokens.type)), told
        )
    token_index.add(entity, [(id_, by_id[id_]) for id_, entry_id in wrong.items() if entry_id is None])
    token_index.remove(entity, [id_ for id_ in wrong if id_ not in by_id])


def _beyond(entity: Entity, last: int) -> list[int]:
    """Entries behind the last record there is."""
    entry = SearchEntry
    behind = sa.select(entry.record_id).where(entry.entity == entity.key, entry.record_id > last)
    there = table_of(entity.key).c.id
    return list(db.session.scalars(behind.where(entry.record_id.not_in(sa.select(there).where(there > last)))))


def _forget_beyond(entity: Entity, last: int) -> None:
    with transaction():
        token_index.remove(entity, _beyond(entity, last))
