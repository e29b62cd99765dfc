"""Answers that are files: their names as every server and browser takes them, and tables as text for spreadsheets."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import cast
from urllib.parse import quote

from flask import Response, stream_with_context

from portal.integrations import exports, guards


def attached(body: str | Iterable[bytes] | Iterable[str], name: str, mimetype: str = "") -> Response:
    """A file made while it is sent; its type follows from the name where it is a table."""
    kind = mimetype or exports.FORMATS[name.rpartition(".")[2]]
    if not isinstance(body, str):
        body = stream_with_context(cast(Iterator[bytes], iter(body)))
    return named(Response(body, content_type=kind), name)


def named(answer: Response, name: str, way: str = "attachment") -> Response:
    """The answer with the file's name: plain letters for old browsers, all letters for the others (RFC 6266).

    A header is plain letters (RFC 9110, 5.5); servers refuse others.
    """
    names = {"filename": name}
    if not name.isascii():
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
        stem, _dot, ending = plain.rpartition(".")
        names["filename"] = f"{stem.strip(' -') or 'file'}.{ending}" if _dot else plain or "file"
        names["filename*"] = f"UTF-8''{quote(name, safe='!#$&+-.^_`|~')}"
    answer.headers.set("Content-Disposition", way, **names)
    return answer


def csv_lines(lines: Iterable[Sequence[object]]) -> Iterator[str]:
    """Lines as text, with a mark that tells spreadsheets it is UTF-8; no cell is a formula."""
    yield "\ufeff"
    for line in lines:
        out = StringIO()
        csv.writer(out).writerow([guards.guarded(str(cell)) if isinstance(cell, str) else cell for cell in line])
        yield out.getvalue()
