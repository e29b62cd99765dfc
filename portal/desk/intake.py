"""How a ticket comes in, whoever brings it: the customer is found, the ticket made, the first message kept."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal import jobs, records, schema
from portal.desk.models import MessageKind, TicketMessage
from portal.extensions import db
from portal.fields import Field, FieldError
from portal.records import Record, tables
from portal.security import SYSTEM, Actor, Person


@dataclass(frozen=True)
class Request:
    """What somebody asks for, and how to reach them."""

    subject: str
    body: str
    name: str = ""
    email: str | None = None
    phone: str | None = None
    type: str | None = None
    channel: str = "web"


def open_ticket(request: Request, *, by: Actor = SYSTEM, customer_id: int | None = None) -> Record:
    """Make a ticket with its first message, and acknowledge it by mail where there is an address.

    The customer is the one given, else the one with the same e-mail or phone; with a customer
    the ticket belongs to its owner's office. Raises Invalid with problems by field.
    """
    values: dict[str, Any] = {
        "subject": request.subject,
        "description": request.body,
        "contact_name": request.name or None,
        "contact_email": request.email,
        "contact_phone": request.phone,
        "channel": request.channel,
        "type": request.type,
        "customer": customer_id or find_customer(request.email, request.phone),
    }
    if by.id is None:
        values["office"] = _office_of(values["customer"])
    asked = {key: value for key, value in values.items() if value is not None}
    ticket = records.save(records.new("ticket", by), asked, by=by)
    message = TicketMessage(
        ticket_id=ticket.id,
        kind=MessageKind.INCOMING,
        body=request.body,
        author_id=by.id,
        author_name=request.name or by.name,
        address=request.email or "",
    )
    db.session.add(message)
    db.session.flush()
    if request.email and request.channel == "web":
        jobs.enqueue("desk.acknowledge", {"ticket": ticket.id})
    return ticket


def find_customer(email: str | None, phone: str | None) -> int | None:
    """The one customer, or the one behind a contact, with this e-mail or phone; None where several or none have it.

    Both may be written in any way that their fields take.
    """
    for field, wanted in _places(email, phone):
        table = tables.table_of(field.entity)
        owner = table.c[tables.entity_of("contact").fields["customer"].column if field.entity == "contact" else "id"]
        same = sa.and_(table.c[field.column] == wanted, table.c.archived_at.is_(None))
        ids: list[int | None] = list(db.session.scalars(sa.select(owner).where(same).distinct().limit(2)))
        if len(ids) == 1:
            return ids[0]
    return None


def _places(email: str | None, phone: str | None) -> Iterator[tuple[Field, Any]]:
    """The fields to look into, each with the value as it keeps it."""
    entities = [entity for key in ("customer", "contact") if (entity := schema.current().entities.get(key))]
    for key, given in (("email", email), ("phone", phone)):
        for entity in entities:
            field = entity.fields.get(key)
            if given and field is not None:
                with suppress(FieldError):
                    yield field, field.type.parse(given)


def _office_of(customer_id: int | None) -> int | None:
    """The office whose desk a guest's ticket goes to: the customer's, else the one with the most agents."""
    if customer_id is not None:
        table = tables.table_of("customer")
        found = db.session.execute(sa.select(table.c.office_id).where(table.c.id == customer_id)).scalar_one_or_none()
        if found is not None:
            return int(found)
    desks = [role.key for role in schema.current().roles.values() if "tickets.work" in role.may]
    query = (
        sa.select(Person.office_id)
        .where(Person.active, Person.office_id.is_not(None), sa.or_(*(Person.roles.any(role_key=key) for key in desks)))
        .group_by(Person.office_id)
        .order_by(sa.func.count().desc(), Person.office_id)
    )
    return db.session.execute(query.limit(1)).scalar_one_or_none()
