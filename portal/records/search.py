"""Lists: filtered, sorted, page by page, only the columns asked for and only the rows the person may see."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal.errors import Invalid
from portal.fields import Field
from portal.records import links, nearby, paging, reach, selection
from portal.records.page import Page
from portal.records.paging import Key
from portal.records.tables import entity_of, table_of
from portal.schema import Entity, conditions
from portal.security import Actor


def search(
    entity_key: str,
    person: Actor,
    *,
    condition: conditions.Condition | None = None,
    sort: Sequence[str] = (),
    after: int | None = None,
    before: int | None = None,
    limit: int = 50,
    columns: Collection[str] | None = None,
    text: str = "",
    archived: bool = False,
) -> Page:
    """One page of the records the person may see.

    `sort` names fields, `-key` descending, empty values last; `after` and `before` are ids of the row next to the
    page; `text` narrows by the token index. Raises Invalid for fields the person may not read.
    """
    person, entity, table = reach.real(person), entity_of(entity_key), table_of(entity_key)
    keys = sort_keys(entity, person, sort or usual(entity, person))
    where = selection.where(entity_key, person, condition, text=text, archived=archived)
    select = sa.select(*selected(entity, person, columns)).where(*where)
    cursor = after if before is None else before
    # The policy is asked for the cursor too: where a hidden row would stand is nobody's to know.
    values = None if cursor is None else paging.values_of(keys, sa.and_(table.c.id == cursor, where[0]))
    backwards = before is not None and values is not None
    filtered = condition.fields() if condition is not None else ()
    near = None if text.strip() else nearby.of(entity, table, filtered)  # words have an index of their own
    found = paging.read(select, keys, values, backwards=backwards, limit=limit + 1, near=near)
    is_more, found = len(found) > limit, found[:limit]
    records = reach.records(entity, person, reversed(found) if backwards else found)
    links.label(records)
    has_next, has_previous = (True, is_more) if backwards else (is_more, values is not None)
    return Page(
        records,
        records[-1].id if records and has_next else None,
        records[0].id if records and has_previous else None,
        lambda: selection.count(entity_key, where),
    )


def selected(entity: Entity, person: Actor, columns: Collection[str] | None = None) -> Iterator[sa.ColumnElement[Any]]:
    """What a list selects: the fields asked for, all where none are named, and what every row of a list needs."""
    asked = entity.fields.keys() if columns is None else entity.fields.keys() & set(columns)
    wanted = {"id", "version", "archived_at", entity.title, *asked}
    return reach.columns(entity, person, sorted(wanted), ("edit",))


def usual(entity: Entity, person: Actor) -> Sequence[str]:
    """The order of the layout, as far as the person may read it."""
    return [
        name
        for name in entity.layout_for(person.role_keys).list.sort
        if reach.is_readable(entity, person, name.removeprefix("-"))
    ]


def sort_keys(entity: Entity, person: Actor, sort: Sequence[str]) -> tuple[Key, ...]:
    """The columns of a sort order with the id as the last word; raises Invalid for a name that is no readable field."""
    names = [name.removeprefix("-") for name in sort]
    reach.check_readable(entity, person, names)
    table = table_of(entity.key)
    hidden = [name for name in names if entity.fields[name].encrypted]
    if hidden:
        raise Invalid({name: gettext("There is no such field to sort or filter by.") for name in hidden})
    keys = [_key(entity.fields[name], table, name != given) for name, given in zip(names, sort, strict=True)]
    return tuple(keys) if keys and keys[-1].column is table.c.id else paging.with_id(keys, table.c.id)


def _key(field: Field, table: sa.Table, descending: bool) -> Key:
    """What to sort by: the column, or for a choice the place of the option among the others."""
    column = table.c[field.column]
    options = field.type.choices()
    if options is None:
        return Key(column, descending, bool(column.nullable))
    places = {key: place for place, (key, _) in enumerate(options)}
    return Key(sa.case(places, value=column), descending, nullable=True)
