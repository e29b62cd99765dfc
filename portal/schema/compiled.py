"""Catalogues kept per process: a release is compiled once, its number is asked once per request."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from flask import g, has_request_context, request

from portal.errors import NotFound
from portal.extensions import db
from portal.schema.catalog import Catalog, Columns
from portal.schema.compiler import Compiler
from portal.schema.models import Release

KEPT = 8
STORED = "schema_catalog"
_kept: "OrderedDict[tuple[int, str], Catalog]" = OrderedDict()  # by number and checksum, so any database may share it


def current() -> Catalog:
    """Return the catalogue in force, the same during one request or job; empty before the first release."""
    store = _store()
    if STORED not in store:
        newest = sa.select(Release.number, Release.checksum).order_by(Release.number.desc()).limit(1)
        found = db.session.execute(newest).first()
        store[STORED] = Catalog() if found is None else _keep(found.number, found.checksum)
    return cast(Catalog, store[STORED])


def _store() -> dict[str, Any]:
    """Return what lives as long as this request, or as this job's app context."""
    return request.environ if has_request_context() else g.__dict__


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


def _keep(number: int, checksum: str) -> Catalog:
    """Return the catalogue kept, or compile it."""
    place = (number, checksum)
    if place not in _kept:
        _kept[place] = _compile(number, checksum)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return _kept[place]


def forget() -> None:
    """Ask for the number in force again, for this very request has published one."""
    _store().pop(STORED, None)
    g.pop(STORED, None)


def checksum_of(documents: Mapping[str, str], columns: Columns) -> str:
    """Return the SHA-256 of the physical columns and of all documents in the order of their paths."""
    digest = hashlib.sha256(json.dumps(columns, sort_keys=True).encode())
    for path, text in sorted(documents.items()):
        digest.update(f"{path}\0{len(text)}\0{text}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _compile(number: int, checksum: str) -> Catalog:
    columns = Release.columns
    query = sa.select(Release.compiled, columns).where(Release.number == number)
    trees, names = db.session.execute(query).one()
    return Compiler(trees, names, number, checksum).run()
