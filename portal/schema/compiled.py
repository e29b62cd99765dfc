"""Catalogues kept per process: a release is compiled once, its number is asked once per request."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from flask import g, has_request_context, request

from portal.errors import NotFound
from portal.extensions import db
from portal.schema import layers
from portal.schema.catalog import Catalog, Columns
from portal.schema.models import Release

KEPT = 48
STORED, OFFICE, NEWEST, SEEN = "schema_catalog", "schema_office", "schema_newest", "schema_seen"
Place = tuple[int, str, tuple[str, ...]]
_kept: "OrderedDict[Place, Catalog]" = OrderedDict()  # by number, checksum and offices, so any database may share it


def current() -> Catalog:
    """Return the catalogue in force as the office has it from which this request or job looks; see `seen_from`."""
    store = _store()
    found = store.get(SEEN)
    if found is None:  # asked hundreds of times a page
        found = store[SEEN] = overlaid(store.get(OFFICE, ()))
    return cast(Catalog, found)


def base() -> Catalog:
    """Return the catalogue in force without what offices lay over it; empty before the first release."""
    store = _store()
    if STORED not in store:
        rows = sa.select(Release.number, Release.checksum, Release.at).order_by(Release.number.desc()).limit(1)
        found = db.session.execute(rows).first()
        store[STORED] = Catalog() if found is None else _keep(found.number, found.checksum)
        store[NEWEST] = None if found is None else (found.number, found.at)
    return cast(Catalog, store[STORED])


def newest() -> tuple[int, datetime] | None:
    """Return number and moment of the release in force; None before the first."""
    base()
    return cast("tuple[int, datetime] | None", _store()[NEWEST])


def overlaid(path: Sequence[str]) -> Catalog:
    """Return the catalogue in force as an office has it; `path` are the keys of the offices from the top down to it."""
    below = base()
    own = tuple(key for key in path if key in below.overlaid)
    return _keep(below.release, below.checksum, own) if own else below


def look_from(path: Sequence[str]) -> None:
    """Look from an office for the rest of this request or job."""
    store = _store()
    store[OFFICE] = tuple(path)
    store.pop(SEEN, None)


@contextmanager
def looking_from(path: Sequence[str]) -> Iterator[None]:
    """Look from an office for a while."""
    before = _store().get(OFFICE, ())
    look_from(path)
    try:
        yield
    finally:
        look_from(before)


def _store() -> dict[str, Any]:
    """Return what lives as long as this request, or as this job's app context."""
    return request._get_current_object().environ if has_request_context() else g.__dict__  # type: ignore[attr-defined]


def current_number() -> int:
    """Return the number of the release in force; 0 before the first."""
    return db.session.scalar(sa.select(sa.func.max(Release.number))) or 0


def catalog(number: int) -> Catalog:
    """Return the catalogue of any release; raises NotFound."""
    if number == 0:
        return Catalog()
    checksum = db.session.scalar(sa.select(Release.checksum).where(Release.number == number))
    if checksum is None:
        raise NotFound()
    return _keep(number, checksum)


def _keep(number: int, checksum: str, offices: tuple[str, ...] = ()) -> Catalog:
    """Return the catalogue kept, or compile it."""
    place = (number, checksum, offices)
    found = _kept.get(place)
    if found is None:
        found = _kept[place] = _compile(number, checksum, offices)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    else:
        with suppress(KeyError):  # another thread has just let go of it
            _kept.move_to_end(place)
    return found


def forget() -> None:
    """Ask for the number in force again, for this very request has published one."""
    for name in (STORED, NEWEST, SEEN):
        _store().pop(name, None)
        g.pop(name, None)


def checksum_of(documents: Mapping[str, str], columns: Columns) -> str:
    """Return the SHA-256 of the physical columns and of all documents in the order of their paths."""
    digest = hashlib.sha256(json.dumps(columns, sort_keys=True).encode())
    for path, text in sorted(documents.items()):
        digest.update(f"{path}\0{len(text)}\0{text}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _compile(number: int, checksum: str, offices: tuple[str, ...]) -> Catalog:
    columns = Release.columns
    query = sa.select(Release.compiled, columns).where(Release.number == number)
    trees, names = db.session.execute(query).one()
    return layers.catalog(trees, names, number, checksum, offices)
