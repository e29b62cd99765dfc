"""One of many values: an array on PostgreSQL, a list on SQLite.

A list has a parameter for each value, so PostgreSQL reads hundreds of them with every statement, plans anew for every
length, and compares them one by one with each row that an index brings. An array is one parameter: the text stays the
same, it is read and planned once, and its values are hashed.
"""

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class Among(FunctionElement[bool]):
    """The predicate that a column holds one of some values; the first way is SQLite's, the second PostgreSQL's."""

    inherit_cache = True
    name = "among"
    type = sa.Boolean()
    _is_implicitly_boolean = True  # else SQLite would be asked whether it is 1, and find no index for that


def among(column: sa.ColumnElement[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    """Return the predicate that a column holds one of these values."""
    listed = list(values)
    array = sa.bindparam(None, listed, type_=sa.ARRAY(column.type), unique=True)
    return Among(column.in_(listed), column == sa.any_(array))


def later(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Return the predicate for numbers that come with the execution, under this name."""
    listed: sa.BindParameter[Any] = sa.bindparam(name, type_=_Listed())
    array: sa.BindParameter[Any] = sa.bindparam(name, type_=sa.ARRAY(column.type))
    each = sa.func.json_each(listed).table_valued("value")
    return Among(column.in_(sa.select(each.c.value)), column == sa.any_(array))


class _Listed(sa.types.TypeDecorator[Any]):
    """Numbers as the text of a JSON array."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str:
        return json.dumps(list(value))


@compiles(Among)
def _on_sqlite(element: Any, compiler: Any, **given: Any) -> str:
    return str(compiler.process(element.clauses.clauses[0], **given))


@compiles(Among, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **given: Any) -> str:
    return str(compiler.process(element.clauses.clauses[1], **given))
