"""The one way to change a record: check → row → audit → event, in one transaction."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from portal import audit, events, schema
from portal.errors import Conflict, Forbidden, Invalid
from portal.extensions import transaction
from portal.records import at_rest, attachments, constraints, layers, links, rows, token_index
from portal.records.entry import GUARDED, Entry, changes, defaults, filled, openly
from portal.records.fetch import fetch
from portal.records.formulas import worked_out
from portal.records.record import Record
from portal.records.tables import entity_of
from portal.security import Actor, policy

Changes = dict[str, list[Any]]


def new(entity_key: str, person: Actor) -> Record:
    """An unsaved record with its defaults, owned by the person; raises Forbidden without the right to create."""
    entity = entity_of(entity_key)
    if not policy.can(person, "create", entity_key):
        raise Forbidden
    record = Record(entity, person, values=defaults(entity, person), allowed=frozenset({"edit"}))
    links.label([record])
    return record


def save(
    record: Record, values: Mapping[str, Any], *, by: Actor, version: int | None = None, quiet: bool = False
) -> Record:
    """Store the values in a record, new or fetched, and return it as it is now.

    `version` is the one the person began with. `quiet` is for rules: it keeps the version and tells no event.
    Raises Invalid with problems by field, Conflict with the values of both sides, Forbidden, NotFound.
    """
    with transaction():
        if record.id is None:
            return _create(record, values, by, quiet=quiet)
        return _change(record, values, by, record.version if version is None else version, quiet=quiet)


def _create(record: Record, given: Mapping[str, Any], by: Actor, *, quiet: bool) -> Record:
    entity = layers.of_owner(record.entity, {**record.values, **given})
    if not policy.can(by, "create", entity.key):
        raise Forbidden
    values, problems = Entry(entity, by).read(given, record.values)
    _refuse(problems or constraints.check(entity, [(None, values)], by).get(0))
    rows.keep_in_step([values], by)
    changed = filled(entity, {**values, **worked_out(entity, values)})
    (id_,) = rows.insert(entity, [values], by)
    values |= worked_out(entity, values)
    saved = replace(record, entity=entity, id=id_, version=1, values=values, labels={}, known={})
    token_index.add(entity, [(id_, values)])
    _follow("record.created", saved, changed, by, quiet=quiet)
    return saved


def _change(record: Record, given: Mapping[str, Any], by: Actor, version: int, *, quiet: bool) -> Record:
    entity, before = layers.kept_by(record.entity, record.values.get("office")), record.values
    values, problems = Entry(entity, by).read(given, before=before)
    if version != record.version:
        raise _conflict(record, values, by)
    values = {key: value for key, value in values.items() if value != before.get(key)}
    _refuse(problems or constraints.check(entity, [(record.id, values)], by).get(0))
    if not values:
        return record
    rows.keep_in_step([values], by)
    formulas = worked_out(entity, {**before, **values})
    changed = changes(entity, before, {**values, **formulas}, [*values, *formulas])
    if not rows.update(record, values, by, version=version, quiet=quiet):
        raise _conflict(record, values, by)
    values |= formulas
    saved = replace(record, version=values.get("version", version), values={**before, **values}, labels={})
    if not changed.keys().isdisjoint(token_index.keys(entity)):
        token_index.replace(entity, [(saved.values["id"], saved.values)])
    _follow("record.changed", saved, changed, by, quiet=quiet)
    return saved


def _follow(action: str, saved: Record, changed: Changes, by: Actor, *, quiet: bool) -> None:
    """Everything that goes with a written row."""
    attachments.hang(saved, changed)
    tell(action, saved, changed, by, quiet=quiet)


def tell(action: str, saved: Record, changed: Changes, by: Actor, *, quiet: bool = False) -> None:
    """Write the audit line and, unless quiet, the event; events do not carry personal values."""
    key = saved.entity.key
    (noted,) = at_rest.noted(saved.entity, [(saved.id, changed)])
    audit.record(action, by=by, entity=key, record_id=saved.id, data={"changes": noted})
    if not quiet:
        told = {"changes": openly(saved.entity, changed)}
        release = schema.current().release
        events.tell(action, entity=key, record_id=saved.id, data=told, by=by, release=release)


def _refuse(problems: Mapping[str, Any] | None) -> None:
    if problems:
        raise Invalid(problems)


def _conflict(record: Record, mine: Mapping[str, Any], by: Actor) -> Exception:
    """Why the row was not written: it moved on (both sides' values), or the person may no longer write it."""
    theirs = fetch(record.entity.key, record.values["id"], by, "edit").values
    differing = [key for key in mine if key not in GUARDED and mine[key] != theirs.get(key)]
    return Conflict(mine={key: mine[key] for key in differing}, theirs={key: theirs.get(key) for key in differing})
