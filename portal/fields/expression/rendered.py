"""SQL that the two engines write differently, and numbers that they calculate alike.

Every operation gives 8 digits after the point, halves away from zero. PostgreSQL calculates with decimals; SQLite has
doubles, which rounding takes back to the decimal that was meant, so that 0.1 + 0.2 is 0.3 there too.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

Sql = sa.ColumnElement[Any]
DIGITS = 8
NUDGE = "1.0000000000000004"  # 1 + 2^-51: lifts a half that binary holds a little too low, and nothing else


class Rendered(sa.sql.functions.FunctionElement[Any]):
    """A piece of SQL by its pattern on PostgreSQL and on SQLite, with `{0}`, `{1}` for its parts."""

    inherit_cache = False

    def __init__(self, postgresql: str, sqlite: str, type_: sa.types.TypeEngine[Any], *parts: Sql) -> None:
        super().__init__(*parts)
        self.patterns = {"postgresql": postgresql, "sqlite": sqlite}
        self.type = type_


@compiles(Rendered)
def _rendered(element: Rendered, compiler: Any, **kw: Any) -> str:
    parts = [compiler.process(part, **kw) for part in element.clauses]
    pattern = element.patterns.get(compiler.dialect.name, element.patterns["sqlite"])
    return "(" + pattern.format(*parts) + ")"


def number(part: Sql) -> Sql:
    """A column or literal as a number one can calculate with: integers would divide as integers."""
    return Rendered("CAST({0} AS NUMERIC)", "CAST({0} AS REAL)", sa.Numeric(), part)


def rounded(part: Sql, digits: int) -> Sql:
    """Rounded to so many digits, halves away from zero; never minus nothing."""
    lite = f"round({{0}} * {NUDGE}, {digits}) + 0.0"
    return Rendered(f"round({{0}}, {digits})", lite, sa.Numeric(), part)


def calculated(postgresql: str, sqlite: str, *parts: Sql) -> Sql:
    """The result of an operation, to the digits that a formula keeps."""
    return rounded(Rendered(postgresql, sqlite, sa.Numeric(), *parts), DIGITS)
