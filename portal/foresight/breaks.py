"""Records a new rule of a field refuses: required and empty, unique and twice, or a value its type no longer takes.

The database groups the values and each is read once by the new type itself, so ranges, patterns, options that were
taken out and values that would not convert need no rule of their own. Records that come to point at their own kind
are read one by one: of values that lead in a ring none converts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa

from portal.extensions import db
from portal.fields import Field
from portal.records import retype, tables
from portal.rules import scope as scopes
from portal.schema import Catalog
from portal.schema.releases import Plan
from portal.security import offices
from portal.vault import SealedText

Rule = Literal["required", "unique", "value"]
Where = tuple[sa.ColumnElement[bool], ...]
LISTED = 20
MANY = 500  # refused values looked up in one statement


@dataclass(frozen=True)
class Break:
    """A rule that records do not keep: how many, and the first of them by id."""

    entity: str
    field: str
    rule: Rule
    number: int
    ids: tuple[int, ...]
    office: str = ""


@dataclass(frozen=True)
class Test:
    """A field as it is and as it would be, with one rule that is new."""

    before: Field
    after: Field
    rule: Rule
    office: str = ""  # the key of the office whose records alone have to keep it


def tests(plan: Plan) -> list[Test]:
    """Return the new rules of fields that hold values already."""
    found = [test for key in plan.new.entities for test in _of(plan.old, plan.new, key)]
    told = {(test.before.entity, test.after.key, test.rule) for test in found}
    for office, (old, new) in sorted(plan.offices.items()):
        for test in (test for key in new.entities for test in _of(old, new, key)):
            if (test.before.entity, test.after.key, test.rule) not in told:
                found.append(replace(test, office=office))
    return found


def _of(old: Catalog, new: Catalog, entity: str) -> Iterator[Test]:
    if entity not in old.entities:
        return
    held = {field.physical: field for field in old.entities[entity].fields.values() if field.physical}
    for key, after in new.entities[entity].fields.items():
        before = held.get(after.physical) or old.entities[entity].fields.get(key)
        if before is None or before.computed or after.computed:
            continue
        if before.type != after.type:
            yield Test(before, after, "value")
        if after.required and not before.required:
            yield Test(before, after, "required")
        if after.unique and not before.unique:
            yield Test(before, after, "unique")


def look(test: Test, tick: Callable[[], object] = lambda: None) -> Break:
    """Count the records and name the first; `tick` is called now and then, between two statements."""
    table = tables.table_of(test.before.entity)
    if test.rule == "value":
        number, ids = _refused(test, table, tick)
        return Break(test.before.entity, test.after.key, test.rule, number, ids, test.office)
    where = (_where(test, table), *_live(test, table))
    number = db.session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0
    first = sa.select(table.c.id).where(*where).order_by(table.c.id).limit(LISTED)
    ids = tuple(db.session.scalars(first)) if number else ()
    return Break(test.before.entity, test.after.key, test.rule, number, ids, test.office)


def rows(test: Test, visible: sa.ColumnElement[bool]) -> Iterator[tuple[int, str]]:
    """Yield id and value of every record that breaks the rule, of those the predicate lets through."""
    table = tables.table_of(test.before.entity)
    column = table.c[test.before.column]
    where = sa.true() if test.rule == "value" else _where(test, table)
    found = sa.select(table.c.id, column).where(where, visible, *_live(test, table)).order_by(table.c.id)
    conversion = retype.Conversion(test.after, test.before, table)
    for id_, value in db.session.execute(found.execution_options(yield_per=1000)):
        if test.rule != "value" or (value is not None and not conversion.takes(id_, value)):
            yield id_, test.before.type.input_text(value)


def _where(test: Test, table: sa.Table) -> sa.ColumnElement[bool]:
    column = table.c[test.before.column]
    if test.rule == "required":
        return column.is_(None)
    said = (
        SealedText.beginning(column)
        if test.before.encrypted
        else sa.type_coerce(column, test.before.type.column_type())
    )
    held = sa.select(said).where(column.is_not(None), *_live(test, table))
    return said.in_(held.group_by(said).having(sa.func.count() > 1))


def _refused(test: Test, table: sa.Table, tick: Callable[[], object]) -> tuple[int, tuple[int, ...]]:
    """Count the records range by range, so that neither their ids nor their values are ever held all at once."""
    number, ids = 0, list[int]()
    conversion = retype.Conversion(test.after, test.before, table)
    is_single = test.before.type.is_many or test.before.may_be_sealed or conversion.is_own
    look = _one_by_one if is_single else _by_value
    for scope in scopes.ranges(table):
        found = look(conversion, (scope.where(table.c.id), *_live(test, table)))
        for count, some in found:
            number += count
            ids = sorted({*ids, *some})[:LISTED]
        tick()
    return number, tuple(ids)


def _one_by_one(conversion: retype.Conversion, here: Where) -> Iterator[tuple[int, list[int]]]:
    table = conversion.table
    column = table.c[conversion.before.column]
    query = sa.select(table.c.id, column).where(column.is_not(None), *here).order_by(table.c.id)
    for id_, value in db.session.execute(query.execution_options(yield_per=1000)):
        if not conversion.takes(id_, value):
            yield 1, [id_]


def _by_value(conversion: retype.Conversion, here: Where) -> Iterator[tuple[int, list[int]]]:
    """Read every different value once; of the refused ones `MANY` at a time are looked up by id."""
    table = conversion.table
    column = table.c[conversion.before.column]
    grouped = sa.select(column, sa.func.count(), sa.func.min(table.c.id)).where(column.is_not(None), *here)
    values: list[Any] = []
    for value, count, first in db.session.execute(grouped.group_by(column).execution_options(yield_per=1000)):
        if not conversion.takes(first, value):
            values += [value] if len(values) < MANY else []
            yield count, [first]
    ids = sa.select(table.c.id).where(column.in_(values), *here).order_by(table.c.id).limit(LISTED)
    yield 0, list(db.session.scalars(ids)) if values else []


def _live(test: Test, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    """The records that are in use, of one office and those below it where the rule is that office's."""
    live = table.c.archived_at.is_(None)
    if not test.office:
        return (live,)
    own = [id_ for id_, (key, _above) in offices.tree().items() if key == test.office]
    return live, table.c.office_id.in_([place for id_ in own for place in offices.below(id_)])
