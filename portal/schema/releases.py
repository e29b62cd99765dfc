"""Publish, look up and bring back releases; one publisher at a time, and a lost race is told."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NoReturn

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from portal import audit, clock, events
from portal.audit import Actor
from portal.errors import Conflict, NotFound, PortalError
from portal.extensions import db, transaction
from portal.schema import layers, sealed
from portal.schema.catalog import Catalog
from portal.schema.changes import Plan, plan
from portal.schema.check import CheckResult, check
from portal.schema.columns import Allocator
from portal.schema.compiled import base, catalog, checksum_of, current, current_number, forget, overlaid
from portal.schema.models import Release
from portal.schema.problems import SchemaError

__all__ = [
    "Plan",
    "Release",
    "TakesLong",
    "base",
    "catalog",
    "current",
    "current_number",
    "documents",
    "last_change",
    "lost",
    "on_publish",
    "publish",
    "publish_document",
    "reserve",
    "rollback",
    "rows",
    "take_lock",
]

LOCK = 0x6B656875  # of PostgreSQL's advisory locks
Apply = Callable[[Plan], None]
Judge = Callable[[Plan], bool]
_listeners: list[Apply] = []
_judges: list[Judge] = []


class TakesLong(PortalError):
    """The release would keep everybody waiting who writes: what it fills is to be filled beforehand."""

    status = 409
    fallback = _l("This release is prepared beside the work first.")


def on_publish(apply: Apply, takes_long: Judge) -> None:
    """Let the storage carry out the plan of a release, in its transaction and before it is in force.

    `takes_long` tells of a plan whether writers would have to wait for it.
    """
    if apply not in _listeners:
        _listeners.append(apply)
        _judges.append(takes_long)


def publish(
    documents: Mapping[str, str],
    *,
    by: Actor,
    note: str,
    expected_release: int,
    restores: int | None = None,
    brief: bool = False,
) -> Release:
    """Check and publish; raises SchemaError with all problems, or Conflict when another release came first.

    Where it is to be `brief`, TakesLong is raised rather than that writers wait; see `reserve`.
    """
    with transaction():
        number = _turn(expected_release)
        changes, trees, allocator = _plan(documents, restores)
        if brief and any(takes_long(changes) for takes_long in _judges):
            raise TakesLong
        allocator.write(changes.new)
        for apply in _listeners:
            apply(changes)
        return _write(number + 1, documents, trees, changes, by=by, note=note, restores=restores)


def reserve(documents: Mapping[str, str], *, expected_release: int, restores: int | None = None) -> Plan:
    """Plan a release as `publish` does and keep the names of its new columns, so that they can be filled before it."""
    with transaction():
        _turn(expected_release)
        changes, _trees, allocator = _plan(documents, restores)
        allocator.reserve()
        return changes


def publish_document(path: str, text: str | None, *, by: Actor, note: str) -> Release:
    """Publish one changed document (None leaves it out) on top of whatever is in force."""
    with transaction():
        take_lock()
        number = current_number()
        changed = {**documents(number), path: text}
        kept = {key: value for key, value in changed.items() if value is not None}
        return publish(kept, by=by, note=note, expected_release=number)


def rollback(
    number: int, *, by: Actor, note: str = "", expected_release: int | None = None, brief: bool = False
) -> Release:
    """Publish the documents of an older release again, in its own columns: metadata only."""
    expected = current_number() if expected_release is None else expected_release
    return publish(documents(number), by=by, note=note, expected_release=expected, restores=number, brief=brief)


def preview(documents: Mapping[str, str], restores: int | None = None) -> tuple[CheckResult, Plan | None]:
    """Check the documents and plan their changes without writing anything."""
    result = check(documents, base().columns)
    if result.errors:
        return result, None
    with db.session.no_autoflush:
        changes, trees, _allocator = _plan(documents, restores)
    return result, replace(changes, offices=_offices(documents, trees, changes.new))


def _offices(wanted: Mapping[str, str], trees: Mapping[str, Any], new: Catalog) -> dict[str, tuple[Catalog, Catalog]]:
    """The catalogues, before and after, of the offices whose own documents change."""
    now = documents(current_number())
    moved = {path: "" for path in {*now, *wanted} if now.get(path) != wanted.get(path)}
    fixed = (trees, new.columns, new.release, new.checksum)
    return {
        key: (overlaid((key,)), layers.catalog(*fixed, (key,))) for key in {o.office for o in layers.overlays(moved)}
    }


def documents(number: int) -> dict[str, str]:
    """Return path → text of a release; none for release 0."""
    return dict(_get(number).documents) if number else {}


def rows(limit: int = 100) -> Sequence[Release]:
    """Return the newest releases."""
    return db.session.scalars(sa.select(Release).order_by(Release.number.desc()).limit(limit)).all()


def last_change(path: str, within: int = 30) -> Release | None:
    """Return the newest release that changed a document, or one below a folder; None before the newest `within`."""
    found = rows(limit=within)
    for newer, older in pairwise(found):
        if _below(newer, path) != _below(older, path):
            return newer
    return found[-1] if found and found[-1].number == 1 and _below(found[-1], path) else None


def _below(release: Release, path: str) -> dict[str, str]:
    return {key: text for key, text in release.documents.items() if key.startswith(path)}


def _get(number: int) -> Release:
    release = db.session.get(Release, number)
    if release is None:
        raise NotFound()
    return release


def _turn(expected: int) -> int:
    """Wait for one's turn to publish; the number in force, unless it is another than expected."""
    take_lock()
    number = current_number()
    if number != expected:
        lost(expected)
    return number


def take_lock() -> None:
    """One publisher at a time; SQLite's writing transaction is that lock already."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))


def lost(expected: int) -> NoReturn:
    """Tell whose release came before one that began from another."""
    newest = _get(number := current_number())
    message = _l(
        "Release %(number)s by %(author)s came first; yours began from release %(expected)s.",
        number=number,
        author=newest.author_name,
        expected=expected,
    )
    raise Conflict(message, mine=expected, theirs=number)


def _plan(documents: Mapping[str, str], restores: int | None) -> tuple[Plan, dict[str, object], Allocator]:
    old, prefer = base(), _get(restores).columns if restores else None
    result = check(documents, old.columns)
    if result.errors:
        raise SchemaError(result.errors)
    allocator = Allocator(old, prefer)
    archived, prepared = allocator.in_state("archived"), allocator.in_state("prepared")
    columns = sealed.with_opening(allocator.allocate(result.catalog, _renames(result)), result.catalog)
    new = layers.catalog(result.trees, columns, current_number() + 1, checksum_of(documents, columns))
    return plan(old, new, archived, allocator.fresh, prepared), dict(result.trees), allocator


def _renames(result: CheckResult) -> dict[str, dict[str, str]]:
    return {key: dict(_former(tree)) for key, tree in layers.union(result.trees).items()}


def _former(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, field in tree["fields"].items():
        if field.get("was"):
            yield key, field["was"]


def _write(
    number: int,
    documents: Mapping[str, str],
    trees: dict[str, object],
    changes: Plan,
    *,
    by: Actor,
    note: str,
    restores: int | None,
) -> Release:
    release = Release(
        number=number,
        documents=dict(documents),
        compiled=trees,
        columns=changes.new.columns,
        author_id=by.id,
        author_name=by.name,
        note=note,
        at=clock.now(),
        checksum=changes.new.checksum,
        restores=restores,
    )
    db.session.add(release)
    db.session.flush()
    forget()
    told = {"number": number, "restores": restores, "changes": [_told(change) for change in changes.changes]}
    audit.record("schema.published", by=by, data={**told, "note": note})
    events.tell("release.published", data=told, by=by, release=number)
    return release


def _told(change: object) -> list[str | None]:
    kind, entity = getattr(change, "kind", ""), getattr(change, "entity", "")
    field = getattr(change, "field", None) or getattr(change, "before", None)
    return [kind, entity, field.key if field else None]
