"""Values from outside beside ours: read by the field's type, filled in where ours is empty and the document says so."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from portal import audit, clock, schema
from portal.errors import Invalid
from portal.events import Event
from portal.extensions import db
from portal.fields import FieldError
from portal.providers.models import DIFFERS, FILLED, KEPT, SAME, UNREADABLE, OutsideValue
from portal.records import Record, fetch_many, recall, save
from portal.security import SYSTEM

MOST = 2000  # characters of a value


def found_at(answer: Any, path: str) -> Any:
    """What stands at a path of an answer: keys of mappings and places of lists, with dots between; None: nothing."""
    for part in path.split("."):
        if isinstance(answer, Mapping):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.isdecimal() and int(part) < len(answer):
            answer = answer[int(part)]
        else:
            return None
    return None if isinstance(answer, Mapping | list) else answer


def keep(noun: Any, record: Record, answer: Any) -> None:
    """Put the values of an answer beside those of the record."""
    mine = sa.and_(OutsideValue.provider == noun.key, OutsideValue.record_id == record.values["id"])
    there = {one.field: one for one in db.session.scalars(sa.select(OutsideValue).where(mine).with_for_update())}
    fill: dict[str, Any] = {}
    rows: dict[str, OutsideValue] = {}
    for key, path in noun.values.items():
        raw = found_at(answer, path)
        if key not in record.entity.fields:
            continue
        if raw is None or str(raw).strip() == "":
            if key in there:
                db.session.delete(there[key])
            continue
        row = rows[key] = there.get(key) or _new(noun, record, key)
        value, is_read = _read(record, key, raw)
        _settle(row, record, value, is_read=is_read)
        if row.state == DIFFERS and record[key] is None and key in noun.fill:
            fill[key] = value
    db.session.flush()
    for key, value in fill.items():
        record = _filled(noun, record, rows[key], value)


def _new(noun: Any, record: Record, key: str) -> OutsideValue:
    row = OutsideValue(provider=noun.key, entity=noun.on, record_id=record.values["id"], field=key, state="")
    db.session.add(row)
    return row


def _read(record: Record, key: str, raw: Any) -> tuple[Any, bool]:
    try:
        return record.entity.fields[key].type.parse(
            raw if isinstance(raw, int | float | bool) else str(raw)[:MOST]
        ), True
    except (FieldError, ValueError):
        return str(raw)[:MOST], False


def _settle(row: OutsideValue, record: Record, value: Any, *, is_read: bool) -> None:
    """Say how the value stands to ours; a decision to keep ours lasts until theirs changes."""
    kind = record.entity.fields[row.field].type
    dumped = kind.dump(value) if is_read else value
    is_new = row.state == "" or row.value != dumped
    row.value = dumped
    row.fetched_at = clock.now()
    if not is_read:
        row.state = UNREADABLE
    elif value == record[row.field]:
        row.state = FILLED if row.state == FILLED and not is_new else SAME
    elif row.state != KEPT or is_new:
        row.state, row.decided_by = DIFFERS, ""


def _filled(noun: Any, record: Record, row: OutsideValue, value: Any) -> Record:
    """Fill in one value, in the name of the portal and with the provider as its source; a refusal leaves it beside."""
    try:
        with db.session.begin_nested(), audit.told_by(str(noun.label)):
            saved = save(record, {row.field: value}, by=SYSTEM)
    except Invalid:
        return record
    row.state = FILLED
    return saved


def hear(event: Event) -> None:
    """Listen *with* a change of a record: what differed may agree now, and the other way round."""
    if not any(noun.on == event.entity for noun in schema.current().providers.values()):
        return
    changed = set(event.data.get("changes", ())) | set(event.data.get("fields", ()))
    mine = sa.and_(OutsideValue.entity == event.entity, OutsideValue.field.in_(changed))
    ids = event.data.get("ids") or [event.record_id]
    for start in range(0, len(ids) if changed else 0, 500):
        some = OutsideValue.record_id.in_(ids[start : start + 500])
        rows = db.session.scalars(sa.select(OutsideValue).where(mine, some, OutsideValue.state != UNREADABLE)).all()
        known = fetch_many(event.entity or "", {row.record_id for row in rows}, SYSTEM) if rows else {}
        for row in rows:
            record = known.get(row.record_id)
            field = record.entity.fields.get(row.field) if record is not None else None
            if record is None or field is None:
                continue
            is_same = record[row.field] == recall.value(field, row.value)
            if is_same and row.state in (DIFFERS, KEPT):
                row.state = SAME
            elif not is_same and row.state in (SAME, FILLED):
                row.state = DIFFERS
