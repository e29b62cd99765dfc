"""Undoing a merge: everything goes back as it was, but for what somebody changed since; that is listed and left."""

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal import clock, vault
from portal.duplicates import carrying, merging, ranking, telling
from portal.duplicates.models import DuplicatePair, Merge
from portal.errors import Invalid, NotFound
from portal.extensions import db, transaction
from portal.records import Record, archive, at_rest, fetch, recall, tables
from portal.schema import releases
from portal.security import Actor

Left = list[dict[str, Any]]  # {"entity", "record", "field"} of what was changed since


def part(merge_id: int, *, by: Actor) -> Merge:
    """Make two records of one again; `left` of the merge says what was changed since and stays as it is.

    Raises NotFound, Forbidden as `fetch` does, Invalid when it was undone before.
    """
    with transaction():
        found = db.session.scalar(sa.select(Merge).where(Merge.id == merge_id).with_for_update())
        if found is None:
            raise NotFound
        merging.hold(found.entity, found.survivor_id, found.loser_id)
        survivor = fetch(found.entity, found.survivor_id, by, "edit")
        loser = fetch(found.entity, found.loser_id, by, "archive")
        if found.undone_at is not None or not loser.is_archived:
            raise Invalid({"": gettext("This merge is undone already.")})
        if survivor.is_archived:
            raise Invalid({"": gettext("One of the two is in the archive.")})
        back, left = _unchanged(found, survivor)
        for moved in found.data["rows"]:  # first, so that rules see of both what is theirs again
            gone = carrying.hand_back(moved, found.loser_id, found.survivor_id)
            left += [{"table": moved["table"], "count": gone}] if gone else []
        left += _point_back(found, by)
        left += _leave_out_misplaced(survivor, back)
        merging.give(fetch(found.entity, found.survivor_id, by, "edit"), back, by)
        _restore_loser(found, by)
        _reopen(found, by)
        found.undone_at, found.undone_by_name, found.left = clock.now(), str(by.name), left
        db.session.flush()
        merging.tell("record.parted", found, by)
        return found


def _unchanged(found: Merge, survivor: Record) -> tuple[dict[str, Any], Left]:
    """The values that the survivor gets back, and the fields that somebody changed since."""
    back: dict[str, Any] = {}
    left: Left = []
    for key, (before, after) in vault.past.opened(found.data["survivor"]).items():
        field = survivor.entity.fields.get(key)
        if field is None:  # a later release archived it
            continue
        value = recall.value(field, before)
        if field.type.dump(survivor[key]) == after and not isinstance(value, recall.OldForm):
            back[key] = value
        else:
            left.append({"entity": found.entity, "record": found.survivor_id, "field": key})
    return back, left


def _leave_out_misplaced(survivor: Record, back: dict[str, Any]) -> Left:
    """Keep from the survivor a place below itself: somebody moved what it stood below."""
    fields = survivor.entity.fields
    keys = [key for key, value in back.items() if not ranking.may_take(survivor, fields[key], value)]
    for key in keys:
        del back[key]
    return [{"entity": survivor.entity.key, "record": survivor.values["id"], "field": key} for key in keys]


def _restore_loser(found: Merge, by: Actor) -> None:
    """Bring the loser back, with what only one record may have and the survivor had taken over."""
    entity, table = releases.base().stored[found.entity], tables.table_of(found.entity)
    for key, (before, _after) in vault.past.opened(found.data["loser"]).items():
        field = entity.fields.get(key)
        if field is None:
            continue
        value = recall.value(field, before)
        if isinstance(value, recall.OldForm):
            continue
        taken = sa.select(table.c.id).where(table.c[field.column] == value)
        if db.session.scalar(taken.limit(1)) is None:
            told = at_rest.stored(entity, found.loser_id, {key: value})
            db.session.execute(sa.update(table).where(table.c.id == found.loser_id).values(told))
    archive(fetch(found.entity, found.loser_id, by, "archive"), by=by, undo=True)


def _point_back(found: Merge, by: Actor) -> Left:
    """Let what pointed at the loser point at it again, where it still says what the merge made of it."""
    left: Left = []
    told: list[carrying.Told] = []
    stored = releases.base().stored
    for moved in found.data["references"]:
        entity = stored.get(moved["entity"])
        field = entity.fields.get(moved["field"]) if entity else None
        if entity is None or field is None:
            continue
        before = {id_: field.type.load(old) for id_, old, _new in moved["changed"]}
        after = {id_: field.type.load(new) for id_, _old, new in moved["changed"]}
        now = _now(entity, field, list(before))
        same = {id_: before[id_] for id_ in before if id_ in now and now[id_] == after[id_]}
        refused = ranking.refused(entity, field, same)
        same = {id_: value for id_, value in same.items() if id_ not in refused}
        left += [
            {"entity": entity.key, "record": id_, "field": field.key}
            for id_ in before
            if id_ in now and id_ not in same
        ]
        if same:
            carrying.write(entity, field, same)
            told.append((entity, field, {id_: (after[id_], same[id_]) for id_ in same}))
    carrying.tell_all(found.entity, (found.survivor_id, found.loser_id), told, by)
    return left


def _now(entity: Any, field: Any, ids: list[int]) -> dict[int, Any]:
    table = tables.table_of(entity.key)
    found: dict[int, Any] = {}
    for start in range(0, len(ids), carrying.CHUNK):
        some = ids[start : start + carrying.CHUNK]
        select = sa.select(table.c.id, table.c[field.column]).where(table.c.id.in_(some))
        found.update(dict(db.session.execute(select).all()))
    return found


def _reopen(found: Merge, by: Actor) -> None:
    """Put the pairs that the merge closed into the queue again."""
    pairs: list[DuplicatePair] = []
    for pair_id, state in found.data["pairs"]:
        pair = db.session.get(DuplicatePair, pair_id)
        if pair is not None:
            pair.state = state
            pair.decided_at = pair.decided_by_id = pair.decided_by_name = None
            pairs.append(pair)
    telling.tell(found.entity, pairs, by)
