"""A list of records and values as a file that a sheet program opens."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any

from flask import Response, stream_with_context


def answer(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Return the rows as CSV, made while it is sent."""
    file = Response(stream_with_context(_lines(heads, rows)), mimetype="text/csv; charset=utf-8")
    file.headers.set("Content-Disposition", "attachment", filename=name)
    return file


def _lines(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield "\ufeff" + _line(heads)
    yield from (_line([_plain(cell) for cell in row]) for row in rows)


def _plain(value: Any) -> Any:
    """Keep a sheet from taking a value for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _line(cells: Sequence[Any]) -> str:
    out = StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
