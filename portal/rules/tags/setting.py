"""Set and take away the tags of rules: with a change, for a few records; by the clock, for all."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal import clock, events, schema
from portal.extensions import db
from portal.records import Record, bulk, fetch, save, tables
from portal.rules.glance import MOST, Glance
from portal.rules.prepared import prepared
from portal.rules.scope import FEW, Scope
from portal.rules.tags.ledger import Ledger
from portal.rules.tags.marks import Disagreement, Rule, disagreement, disagreements, marks_of
from portal.schema import Catalog
from portal.security import SYSTEM

MANY = 20  # records from which on they are written in bulk
CHUNK = 500
TOLD = "tags.changed"
Wanted = dict[int, dict[str, tuple[set[str], set[str]]]]  # record → field → tags to add and to take away


def of(entity_key: str, catalog: Catalog | None = None) -> Iterator[Rule]:
    """Yield the tags of an entity that have a rule."""
    for group in (catalog or schema.current()).tags.values():
        if group.on == entity_key:
            yield from (Rule(group, key, noun) for key, noun in group.values.items() if noun.when is not None)


def settle(entity_key: str, ids: Collection[int]) -> int:
    """Set the tags of a few records right; return how many records changed."""
    return evaluate(entity_key, Scope.of(ids)) if ids else 0


def follow(glance: Glance, changed: Collection[str] | None) -> None:
    """Set the tags of a few records right when a rule asks for what has changed (None: anything may have), or is it."""
    rules = list(of(glance.entity_key))
    asked = {key for rule in rules for key in (*rule.noun.when.fields(), rule.group.field)}
    if not rules or (changed is not None and asked.isdisjoint(changed)):
        return
    if len(glance.ids) > MOST:
        written = evaluate(glance.entity_key, Scope.of(glance.ids))
    else:
        found = list(_disagreeing(rules, glance, clock.now()))
        written = _write(glance.entity_key, found, is_pass=False) if found else 0
    if written:
        glance.forget()


def _disagreeing(rules: Sequence[Rule], glance: Glance, now: datetime) -> Iterator[Disagreement]:
    marks = {} if glance.is_new else marks_of(glance.entity_key, glance.ids)
    for values in glance.rows:
        for rule in rules:
            one = disagreement(rule, values, marks.get((values["id"], rule.group.field, rule.key)), now)
            if one is not None:
                yield one


def evaluate(entity_key: str, scope: Scope) -> int:
    """Do what rules and marks disagree on in a scope; return how many records changed."""
    found: Sequence[Any]
    if scope.ids is None:
        found = [row for one in of(entity_key) for row in db.session.execute(_of_range(one, scope))]
    else:
        found = _of_few(entity_key, scope.ids)
    return _write(entity_key, found, is_pass=scope.ids is None) if found else 0


def _of_range(rule: Rule, scope: Scope) -> sa.Select[Any]:
    return disagreements(rule, schema.current(), scope, clock.now())


def _of_few(entity_key: str, ids: Sequence[int]) -> Sequence[Any]:
    """Look at all tags of a few records by one statement, built once."""
    asked = prepared(("tags", entity_key), lambda catalog, now: _all(entity_key, catalog, now))
    return db.session.execute(asked, {"ids": ids}).all() if asked is not None else ()


def _all(entity_key: str, catalog: Catalog, now: datetime) -> Any:
    parts = [disagreements(rule, catalog, FEW, now) for rule in of(entity_key, catalog)]
    return sa.union_all(*parts) if parts else None


def _write(entity_key: str, found: Sequence[Any], *, is_pass: bool) -> int:
    rules = {(rule.group.field, rule.key): rule for rule in of(entity_key)}
    ledger, wanted = Ledger(clock.now()), Wanted()
    for row in found:
        rule = rules[row.field, row.tag]
        verdict = ledger.judge(rule, row)
        if verdict != "leave":
            added, removed = wanted.setdefault(row.id, {}).setdefault(rule.group.field, (set(), set()))
            (added if verdict == "set" else removed).add(rule.key)
    ledger.write()
    ids = sorted(wanted)
    for start in range(0, len(ids), CHUNK):
        chunk = {id_: wanted[id_] for id_ in ids[start : start + CHUNK]}
        (_save_many if is_pass or len(chunk) > MANY else _save_few)(entity_key, chunk)
    return len(ids)


def _save_many(entity_key: str, wanted: Wanted) -> None:
    """Write in bulk, which locks the rows: a pass over all holds no locks of its own."""
    entity, table = schema.current().entities[entity_key], tables.table_of(entity_key)
    keys = sorted({key for fields in wanted.values() for key in fields})
    columns = [tables.column(table, entity, key).label(key) for key in keys]
    held = db.session.execute(sa.select(table.c.id, *columns).where(table.c.id.in_(wanted))).mappings()
    rows = [{"id": row["id"], **_values(row, wanted[row["id"]])} for row in held]
    bulk.save_many(entity_key, rows, by=SYSTEM, parsed=True)


def _save_few(entity_key: str, wanted: Wanted) -> None:
    """Write quietly, within the change that caused it: the version people hold stays good."""
    for id_, fields in wanted.items():
        record = fetch(entity_key, id_, SYSTEM)
        given = {key: value for key, value in _values(record, fields).items() if value != record[key]}
        if given:
            save(record, given, by=SYSTEM, quiet=True)
            told = {key: [list(record[key] or ()), list(value or ())] for key, value in given.items()}
            events.tell(TOLD, entity=entity_key, record_id=id_, data={"changes": told}, by=SYSTEM)


def _values(record: Record | sa.RowMapping, fields: dict[str, tuple[set[str], set[str]]]) -> dict[str, Any]:
    return {
        key: tuple(sorted((set(record[key] or ()) | added) - removed)) or None
        for key, (added, removed) in fields.items()
    }
