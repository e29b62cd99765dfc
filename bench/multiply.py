"""Customers by the million: some saved as ever, the others put together from these by statements over sets.

A copy has the name of one customer, telephone, mail and amounts of another and the owner of a third, and the search
tokens that go with them. Indexes are taken away before and built afterwards, as whoever fills a database does.
"""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bench.bare import bare, close
from portal import clock, schema
from portal.extensions import db
from portal.records import token_index
from portal.records.tables import table_of
from portal.records.token_index import SearchEntry

SEEDS = 10_000
"""Customers up to which each is saved through the one door."""
OTHERS = ("phone", "email", "score", "employees", "last_contact_on")
OWNERS = ("owner_id", "team_id", "office_id")


def multiply(size: int) -> None:
    """Bring the customers from the seeds up to a number."""
    table = table_of("customer")
    there = db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    if size <= there:
        return
    seeds = _seeds(table)
    db.session.commit()
    with db.engine.connect() as connection, bare(connection, ["customer"]):
        last = connection.execute(sa.select(sa.func.max(table.c.id))).scalar_one()
        for copy, first in enumerate(range(last, last + size - there, SEEDS)):
            values = {"first": first, "up_to": min(SEEDS, last + size - there - first), "copy": copy + last // SEEDS}
            values["at"] = clock.now() - timedelta(minutes=copy + 1)
            connection.execute(_customers(table, seeds), values)
            connection.execute(_entries(seeds), values)
            connection.commit()
        seeds.drop(connection)
        close(connection, table)


def _seeds(table: sa.Table) -> sa.Table:
    """The first customers numbered from 0, with the tokens of phone and mail apart from the others."""
    entity, words = schema.current().entities["customer"], SearchEntry.__table__.c.tokens.type
    kinds: dict[str, Any] = {"record_id": sa.Integer, "own": words, "other": words}
    number = sa.Column("n", sa.Integer, primary_key=True)
    seeds = sa.Table("bench_seed", sa.MetaData(), number, *(sa.Column(name, kind) for name, kind in kinds.items()))
    seeds.create(db.session.connection(), checkfirst=False)
    searched = {key: table.c[entity.fields[key].column] for key in token_index.keys(entity)}
    rows = db.session.execute(
        sa.select(table.c.id, *(one.label(key) for key, one in searched.items())).order_by(table.c.id).limit(SEEDS)
    ).mappings()
    marks = tuple(token_index.mark(entity, key) for key in OTHERS if key in searched)
    filled = [
        {"n": n, "record_id": row["id"], **_apart(token_index.tokens_of(entity, row), marks)}
        for n, row in enumerate(rows)
    ]
    db.session.execute(sa.insert(seeds), filled)
    return seeds


def _apart(tokens: str, marks: tuple[str, ...]) -> dict[str, str]:
    found = tokens.split()
    other = [token for token in found if token.startswith(marks)]
    return {"own": " ".join(sorted(set(found) - set(other))), "other": " ".join(other)}


def _three(seeds: sa.Table) -> tuple[sa.FromClause, sa.FromClause, sa.FromClause, sa.ColumnElement[bool], Any]:
    """A seed, another and a third, which differ with the copy; the copy's own id."""
    own, other, third = seeds.alias("own"), seeds.alias("other"), seeds.alias("third")
    copy, up_to, first = (sa.bindparam(name, type_=sa.Integer) for name in ("copy", "up_to", "first"))
    met = sa.and_(
        own.c.n < up_to,
        other.c.n == (own.c.n * 7919 + copy * 4729) % SEEDS,
        third.c.n == (own.c.n * 131 + copy * 977) % SEEDS,
    )
    return own, other, third, met, first + own.c.n + 1


def _customers(table: sa.Table, seeds: sa.Table) -> Any:
    own, other, third, met, id_ = _three(seeds)
    entity, at = schema.current().entities["customer"], sa.bindparam("at", type_=table.c.updated_at.type)
    rows = {seed: table.alias(name) for seed, name in ((own, "a"), (other, "b"), (third, "c"))}
    others = {entity.fields[key].column for key in OTHERS}
    told: dict[str, Any] = {"id": id_, "created_at": at, "updated_at": at}
    for column in table.c:
        if column.computed is None and column.name not in told and column.name != "external_id":
            source = third if column.name in OWNERS else other if column.name in others else own
            told[column.name] = rows[source].c[column.name]
    met = sa.and_(met, *(row.c.id == seed.c.record_id for seed, row in rows.items()))
    return sa.insert(table).from_select(list(told), sa.select(*told.values()).where(met), include_defaults=False)


def _entries(seeds: sa.Table) -> Any:
    own, other, _third, met, id_ = _three(seeds)
    is_text = db.engine.dialect.name == "sqlite"
    tokens = own.c.own + (" " + other.c.other if is_text else other.c.other)
    rows = sa.select(sa.literal("customer"), id_, tokens).where(met)
    return sa.insert(SearchEntry.__table__).from_select(["entity", "record_id", "tokens"], rows)
