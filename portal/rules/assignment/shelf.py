"""What a person sees of a pool: records to claim, filtered and sorted, page by page, and when the own ones go back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa

from portal import clock, schema
from portal.errors import NotFound
from portal.extensions import db
from portal.fields import Field
from portal.records import links, paging, reading, sort_keys, tables
from portal.rules.assignment import pool
from portal.rules.assignment.models import OwnerMove, PoolWarning
from portal.schema.conditions import Always, Condition
from portal.security import Person

LIMIT = 50
TEXT = "contains"


@dataclass(frozen=True)
class Row:
    """One record in the pool, as far as the pool shows it."""

    id: int
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Held:
    """An own record that the pool is about, and from when on it goes back unless it is followed up."""

    id: int
    title: str
    day: date
    is_warned: bool


@dataclass(frozen=True)
class Shelf:
    """A page of the pool, with the ids its neighbours begin beside."""

    rows: Sequence[Row]
    previous: int | None
    next: int | None


def filters(noun: Any, person: Person) -> Sequence[Field]:
    """Return the fields the pool may be narrowed by, those it shows first: filterable, readable and not personal.

    A pool holds records beyond what the person may see elsewhere, so a phone number must not be guessed from it.
    """
    fields = schema.current().entities[noun.on].fields
    ordered = [fields[key] for key in dict.fromkeys([*noun.pool.columns, *fields]) if key in fields]
    open_ = reading.readable(person, (one for one in ordered if one.filterable))
    asked = [one for one in open_ if one.type.choices() is not None or TEXT in one.type.operators]
    return [one for one in asked if not one.is_guarded]


def listed(
    noun: Any,
    person: Person,
    condition: Condition | None = None,
    sort: str = "",
    after: int | None = None,
    before: int | None = None,
) -> Shelf:
    """Return the page behind or before a record; NotFound for fields that the pool does not show."""
    table, shown, condition = tables.table_of(noun.on), pool.columns(noun, person), condition or Always()
    narrowing = {field.key for field in filters(noun, person)}
    if not condition.fields() <= narrowing or (sort and sort.removeprefix("-") not in {one.key for one in shown}):
        raise NotFound
    lies = pool.lies(noun, table, person)
    where = [*lies, condition.where(table, clock.now(), person)]
    newest = (paging.Key(table.c.id, descending=True),)
    keys = sort_keys(schema.current().entities[noun.on], person, [sort]) if sort else newest
    cursor = _cursor(keys, table, lies, person, after or before)
    is_back = cursor is not None and after is None
    rows = sa.select(table.c.id.label("id"), *(table.c[field.column].label(field.key) for field in shown)).where(*where)
    found = paging.read(rows, keys, cursor, backwards=is_back, limit=LIMIT + 1)
    if not found and cursor is not None:  # others took what stood there
        return listed(noun, person, condition, sort)
    page = _rows(found[:LIMIT][::-1] if is_back else found[:LIMIT], shown, person)
    more = len(found) > LIMIT
    has_before, has_after = (more, True) if is_back else (cursor is not None, more)
    return Shelf(page, page[0].id if page and has_before else None, page[-1].id if page and has_after else None)


def _cursor(
    keys: Sequence[paging.Key], table: sa.Table, lies: Sequence[Any], person: Person, id_: int | None
) -> paging.Values | None:
    """Where the page begins: beside a record of the pool, or one that the person has just claimed from it."""
    seen = sa.or_(sa.and_(*lies), table.c.owner_id == person.id)
    return None if id_ is None else paging.values_of(keys, sa.and_(table.c.id == id_, seen))


def _rows(found: Sequence[Mapping[Any, Any]], shown: Sequence[Field], person: Person) -> list[Row]:
    told = [(row["id"], [(field, row[field.key]) for field in shown]) for row in found]
    known = links.names({target for _, pairs in told for pair in pairs for target in links.targets(*pair)}, person)
    return [Row(id_, {field.key: _text(field, value, known) for field, value in pairs}) for id_, pairs in told]


def _text(field: Field, value: Any, known: Mapping[tuple[str, int], str]) -> str:
    return "" if value is None else str(field.type.named(value, known))


def held(noun: Any, person: Person) -> list[Held]:
    """Return the own records that go back by themselves, the next one first; none where nothing is recycled."""
    rule, table, entity = noun.pool.recycle, tables.table_of(noun.on), schema.current().entities[noun.on]
    if rule is None:
        return []
    mine = sa.and_(OwnerMove.entity == noun.on, OwnerMove.record_id == table.c.id)
    moved = sa.select(sa.func.max(OwnerMove.at)).where(mine).scalar_subquery()
    told = sa.and_(PoolWarning.assignment == noun.key, PoolWarning.record_id == table.c.id)
    since = table.c[entity.fields[rule.since].column] if rule.since else sa.null()
    title = table.c[entity.fields[entity.title].column]
    rows = sa.select(table.c.id, title, table.c.created_at, moved, since, PoolWarning.at)
    rows = rows.select_from(table.outerjoin(PoolWarning, told))
    found = db.session.execute(rows.where(table.c.owner_id == person.id, *pool.counted(noun, table))).all()
    going = [_held(rule, id_, name, moments, warned) for id_, name, *moments, warned in found]
    return sorted(going, key=lambda one: (one.day, one.id))


def _held(rule: Any, id_: int, title: Any, moments: Sequence[Any], warned: datetime | None) -> Held:
    """It goes back when everything is older than the rule says, and never without a warning in time."""
    stale = max(_moment(one) for one in moments if one is not None) + rule.after
    earliest = (warned or max(stale - rule.warn, clock.now())) + rule.warn
    return Held(id_, str(title or f"#{id_}"), clock.to_zone(max(stale, earliest)).date(), warned is not None)


def _moment(one: date | datetime) -> datetime:
    return one if isinstance(one, datetime) else datetime.combine(one, time.max, clock.zone()).astimezone(UTC)
