"""Who a campaign reaches: counting a segment, freezing it into deliveries, and the values each mail is filled with."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal import clock, schema
from portal.campaigns.models import Campaign, Delivery, DeliveryState
from portal.errors import Invalid
from portal.extensions import db
from portal.fields import Field
from portal.records import layers, reading, selection, tables
from portal.schema import Entity, conditions
from portal.security import Actor


def selected(entity: Entity, when: conditions.Condition, person: Actor) -> sa.Select[Any]:
    """The ids of the records that meet a condition, among those the person may view.

    A published segment may ask for fields its user may not read; the builder offers only readable ones.
    """
    return sa.select(tables.table_of(entity.key).c.id).where(*_wanted(entity, when, person))


def _wanted(entity: Entity, when: conditions.Condition, person: Actor) -> selection.Predicates:
    asked = when.where(selection.by_key(entity), clock.now(), person)
    return [*selection.where(entity.key, person), asked]


def count(entity: Entity, when: conditions.Condition, person: Actor) -> int:
    """How many records meet a condition now, exactly."""
    counted = sa.select(sa.func.count()).select_from(tables.table_of(entity.key))
    return int(db.session.execute(counted.where(*_wanted(entity, when, person))).scalar_one())


def segments() -> set[str]:
    """The keys of the segments that campaigns name, those of the past among them."""
    return set(db.session.scalars(sa.select(Campaign.segment).distinct()))


def segment_of(campaign: Campaign) -> tuple[Entity, conditions.Condition]:
    """The entity and condition of a campaign's segment; raises Invalid when it is not in the release."""
    catalog = schema.current()
    segment = catalog.segments.get(campaign.segment)
    if segment is None:
        raise Invalid({"segment": gettext("Choose a segment.")})
    return catalog.entities[segment.on], segment.when


def mailbox_field(entity: Entity) -> Field:
    """The field mail goes to; raises Invalid for an entity without one.

    An encrypted one is none: the frozen list keeps addresses as they are, and would tell them.
    """
    found = [field for field in entity.fields.values() if field.type.is_mailbox]
    for field in found:
        if not field.encrypted:
            return field
    if found:
        text = gettext("%(field)s is encrypted: campaigns go to e-mail fields that are not.", field=found[0].label)
        raise Invalid({"segment": text})
    raise Invalid({"segment": gettext("%(entity)s has no e-mail field.", entity=entity.label)})


def shown_address(entity: Entity, address: str, of: int, person: Actor) -> str:
    """The address of the record `of` as the person may see it: whole, masked or not at all."""
    return reading.said(person, mailbox_field(entity), address, of)


def freeze(campaign: Campaign, person: Actor) -> int:
    """Write one delivery for each record of the segment and give their number.

    Records without an address, and all but the first of several with the same one, are
    written too, as skipped, so that the sums always equal the list.
    """
    entity, when = segment_of(campaign)
    campaign.entity = entity.key
    table = tables.table_of(entity.key)
    address = sa.func.coalesce(table.c[mailbox_field(entity).column], "")
    rank = sa.func.row_number().over(partition_by=sa.func.lower(address), order_by=table.c.id)
    ranked = (
        sa.select(table.c.id.label("record_id"), address.label("address"), rank.label("rank"))
        .where(*_wanted(entity, when, person))
        .subquery()
    )
    is_blank, is_repeated = ranked.c.address == "", ranked.c.rank > 1
    state = sa.case((sa.or_(is_blank, is_repeated), DeliveryState.SKIPPED), else_=DeliveryState.PENDING)
    reason = sa.case((is_blank, "no_address"), (is_repeated, "same_address"), else_="")
    zero = sa.literal(0)
    rows = sa.select(
        sa.literal(campaign.id), ranked.c.record_id, ranked.c.address, state, reason, sa.literal(""), zero, zero, zero
    ).order_by(ranked.c.record_id)
    names = ["campaign_id", "record_id", "address", "state", "reason", "holder", "attempts", "opens", "clicks"]
    db.session.execute(sa.insert(Delivery).from_select(names, rows))
    frozen = sa.select(sa.func.count()).where(Delivery.campaign_id == campaign.id)
    return int(db.session.execute(frozen).scalar_one())


def values_of(entity: Entity, ids: Collection[int], names: Iterable[str], person: Actor) -> dict[int, dict[str, Any]]:
    """The shown texts of the fields a mail uses, for each record; a field the person may not read stays blank.

    Each speaks the words of the office that keeps it, whoever sends and wherever from.
    """
    table, stored = tables.table_of(entity.key), layers.stored(entity)
    keys = sorted(({name.split(".")[0] for name in names} | {entity.title}) & set(stored.fields))
    columns = {stored.fields[key].column for key in keys} | {"office_id"}
    rows = db.session.execute(sa.select(table.c.id, *(table.c[name] for name in columns)).where(table.c.id.in_(ids)))
    found = [dict(row) for row in rows.mappings()]
    homes = {place: layers.kept_by(entity, place) for place in {row["office_id"] for row in found}}
    open_ = {field.key for field in reading.readable(person, (stored.fields[key] for key in keys))}
    pointed = {
        key: _labels(field, {id_ for row in found for id_ in field.type.pointed(row[field.column])})
        for key in open_
        if (field := stored.fields[key]).type.target is not None
    }
    return {
        row["id"]: {
            key: _shown(own[key], row[own[key].column], pointed.get(key, {}))
            for own in (homes[row["office_id"]].fields,)
            for key in keys
            if key in open_ and key in own
        }
        for row in found
    }


def _labels(field: Field, ids: Collection[int]) -> Mapping[int, str]:
    links, target = field.type.links, field.type.target
    return {} if target is None or links is None or not ids else links.labels(target, ids)


def _shown(field: Field, value: Any, labels: Mapping[int, str]) -> str:
    if value is None or field.type.target is None:
        return field.type.text(value)
    return gettext(", ").join(labels[id_] for id_ in field.type.pointed(value) if id_ in labels)
