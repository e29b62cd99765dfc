"""The tabs of a record: its timeline, and the records that refer to it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from portal import records, schema
from portal.blueprints import engine, screens
from portal.blueprints.records.heads import Heads
from portal.blueprints.records.state import ListState
from portal.records import Record
from portal.schema import Entity
from portal.security import policy

TIMELINE = "timeline"
FIRST = 20
ENTRIES = 30
NARROW = 6  # columns of a list that was not laid out to stand beside a rail


@dataclass(frozen=True)
class Tab:
    """One tab: the timeline where `child` is None, else the records of that entity that point here by `link`."""

    key: str
    label: Any
    icon: str
    child: Entity | None = None
    link: str = ""


def tabs(record: Record) -> list[Tab]:
    """The tabs the viewer may open: what belongs to the record, and what points at it among others.

    A layout may choose some and set their order.
    """
    sides = record.entity.sides()
    found = [Tab(side.key, side.label, side.child.icon, side.child, side.link.key) for side in sides]
    known = {tab.key: tab for tab in found if _may_open(record, tab)}
    known = {TIMELINE: Tab(TIMELINE, _l("Timeline"), "activity"), **known}
    wanted = record.entity.layout_for(record.person.role_keys).detail.tabs
    return [known[key] for key in dict.fromkeys(wanted) if key in known] or list(known.values())


def _may_open(record: Record, tab: Tab) -> bool:
    assert tab.child is not None
    may_read = records.reading.may_read(record.person, tab.child.fields[tab.link])
    return may_read and policy.can(record.person, "view", tab.child.key)


def content(record: Record, tab: Tab) -> dict[str, Any]:
    """What the template of the tab needs."""
    if tab.child is None:
        return stream(record)
    return children(record, tab.child, tab.link)


def stream(record: Record) -> dict[str, Any]:
    """The timeline, one kind of entry or all, newest first."""
    kind = request.args.get("kind") or None
    after = request.args.get("after") or None
    kinds = {kind} if kind else None
    entries = records.timeline.entries(record, record.person, after=after, limit=ENTRIES, kinds=kinds)
    older = None
    if len(entries) == ENTRIES:
        address: dict[str, Any] = {"tab": TIMELINE, "kind": kind, "after": entries[-1].cursor}
        older = url_for("records.show", entity=record.entity, record_id=record.id, **address)
    offered = [(child.key, child.plural) for child in record.entity.children() if child.timeline is not None]
    return {"entries": [(entry, _link(entry)) for entry in entries], "kind": kind, "kinds": offered, "older": older}


def _link(entry: Any) -> str:
    """Where an entry leads: its record, or the address its source gave."""
    kind = schema.current().entities.get(entry.kind)
    if entry.record_id is not None and kind is not None:
        return screens.record_address(kind, entry.record_id)
    return str(entry.link)


def children(record: Record, child: Entity, key: str) -> dict[str, Any]:
    """The first records of an entity that point at this one by the field."""
    link = child.fields[key]
    args = MultiDict([(f"f.{key}", f"{link.type.scalar_operator}:{record.id}")])
    state = ListState(child, record.person, args)  # type: ignore[arg-type]
    columns = tuple(one for one in state.columns if one.key != key)
    columns = columns if key == child.parent else columns[:NARROW]
    page = records.sides.first(record, child, link, columns=[one.key for one in columns], limit=FIRST)
    can_write = policy.access(record.person, link) >= policy.Access.WRITE
    can_create = can_write and policy.can(record.person, "create", child.key)
    create = new_address(record, child, key) if can_create else None
    heads = Heads(child, columns, opening=columns[0])
    told = {"child": child, "page": page, "columns": columns, "heads": heads}
    return told | {"all_url": state.url(), "create_url": create}


def new_address(record: Record, child: Entity, key: str = "") -> str:
    """The form of a new record that points at this one, by its parent where no field is named."""
    asked = urlencode({key or child.parent or "": record.id})
    return f"{engine.address('records.new', entity=child)}?{asked}"
