"""The right rail of a record page: level, next steps, who cares for it, figures."""

from typing import Any

from flask import url_for

from portal import coupons, records, rules, schema
from portal.blueprints import screens
from portal.blueprints.records import related
from portal.fields import Field
from portal.records import Record
from portal.schema import Entity
from portal.security import policy
from portal.security.policy import Access

TASK = "task"
CUSTOMER, FOLLOW_UP = "customer", "follow_up"
OPEN = "open"
KEEPERS = ("owner", "team", "office", "created_at", "created_by", "updated_at", "updated_by", "external_id")
SOON = 3


def content(record: Record) -> dict[str, Any]:
    """What the templates of the rail need."""
    return {
        "standing": standing(record),
        "tag_reasons": rules.tags.why(record),
        "scores": rules.scoring.held(record),
        "pools": pools(record),
        "figures": figures(record),
        "tasks": tasks(record),
        "steps": steps(record),
        "coupons": coupons_of(record),
        "keepers": [
            record.entity.fields[key] for key in KEEPERS if record.access(key) > Access.HIDE and record.text(key)
        ],
    }


def standing(record: Record) -> list[tuple[Any, Any, Any, Any]]:
    """For every tier the viewer may know: the tier, the level held with its reasons, the level above, the grace."""
    found = []
    for tier in schema.current().tiers.values():
        if tier.on != record.entity.key or record.access(tier.field) < Access.READ:
            continue
        reasons = rules.tier_view.why(tier, record)
        place = next((at for at, reason in enumerate(reasons) if reason.held), None)
        if place is not None:
            found.append((tier, reasons[place], reasons[place - 1] if place else None, _fall(tier, record)))
    return found


def pools(record: Record) -> list[Any]:
    """The pools into which the viewer may put this record back: those of its kind, when it is the viewer's own."""
    me = screens.me()
    if record["owner"] != me.id or not record.may("edit"):
        return []
    return [noun for noun in rules.assignment.pool.pools(me) if noun.on == record.entity.key]


def _fall(tier: Any, record: Record) -> tuple[Any, Any] | None:
    """The level the record falls to and the end of its time of grace; nothing where it keeps its level."""
    hold = rules.grace.of_record(tier, record) if tier.grace else None
    level = rules.grace.due_level(tier, record) if hold else None
    return (level, hold.until) if hold and level else None


def figures(record: Record) -> list[Field]:
    """The metrics of the record that the viewer may read."""
    keys = [metric.key for metric in schema.current().figures if metric.on == record.entity.key]
    found = [record.entity.fields[key] for key in keys if key in record.entity.fields]
    return [one for one in found if record.access(one.key) >= Access.READ]


def coupons_of(record: Record) -> dict[str, Any]:
    """The newest coupons of the record and the documents of which it may get one, for who works with coupons."""
    nouns = coupons.issuing.documents_for(record.entity.key)
    if not nouns or not policy.may(record.person, "coupons.work"):
        return {}
    return {"given": coupons.listing.of_record(record), "nouns": [] if record.is_archived else nouns}


def tasks(record: Record) -> list[Record]:
    """The next open tasks of the record, the soonest first."""
    entity = schema.current().entities.get(TASK)
    if entity is None or entity.parent is None or entity.fields[entity.parent].type.target != record.entity.key:
        return []
    return records.upcoming.soonest(record, entity, by="due_on", limit=SOON, status=OPEN)


def steps(record: Record) -> list[tuple[Entity, str]]:
    """What can be added to the record with one click: a child entity and the address of its form."""
    return [(child, _step(record, child)) for child in _creatable(record)]


def _step(record: Record, child: Entity) -> str:
    """The quick form of a follow-up where it is about a customer, else the plain one."""
    if (record.entity.key, child.key) == (CUSTOMER, FOLLOW_UP):
        return url_for("follow_ups.form", customer_id=record.id)
    return related.new_address(record, child)


def _creatable(record: Record) -> list[Entity]:
    return [child for child in record.entity.children() if policy.can(record.person, "create", child.key)]
