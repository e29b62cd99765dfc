"""Functions on texts that PostgreSQL, SQLite and Python answer alike."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles


class AsciiLower(sa.sql.functions.FunctionElement[str]):
    """Lower case of A–Z only, so that both engines and Python agree."""

    type = sa.Text()
    inherit_cache = True


class Position(sa.sql.functions.FunctionElement[int]):
    """Where a text stands in another, from 1; 0 where it does not."""

    type = sa.Integer()
    inherit_cache = True


_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = _UPPER.lower()
_TABLE = str.maketrans(_UPPER, _LOWER)


def ascii_lower(text: str) -> str:
    """The text with A–Z in lower case."""
    return text.translate(_TABLE)


@compiles(AsciiLower)
def _ascii_lower(element: Any, compiler: Any, **kw: Any) -> str:
    return f"translate({compiler.process(element.clauses, **kw)}, '{_UPPER}', '{_LOWER}')"


@compiles(AsciiLower, "sqlite")
def _ascii_lower_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"lower({compiler.process(element.clauses, **kw)})"


@compiles(Position)
def _position(element: Any, compiler: Any, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"


@compiles(Position, "sqlite")
def _position_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"
