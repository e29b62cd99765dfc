"""Tickets with what was said in them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal import clock
from portal.cli.demo import words
from portal.cli.demo.world import Customer, Row, World, store
from portal.desk.models import MailState, MessageKind, TicketMessage
from portal.extensions import db
from portal.security import Person

TOTAL = 420
STORIES = ("closed", "closed", "solved", "waiting", "open", "open", "new")
FRESH = 12
"""Days after which a ticket has been closed."""


@dataclass
class Story:
    """One ticket to be: its text, who asked, who answers, when and how far it got."""

    text: tuple[str, ...]
    customer: Customer
    agent: Person
    at: datetime
    state: str


def make(world: World) -> None:
    """Store the tickets, then their messages."""
    stories = sorted((_story(world) for _ in range(TOTAL)), key=lambda story: story.at)
    ids = store("ticket", [_row(world, story) for story in stories])
    db.session.add_all(
        [message for id_, story in zip(ids, stories, strict=True) for message in _said(world, id_, story)]
    )
    db.session.flush()


def _story(world: World) -> Story:
    customer = world.rng.choice(
        [one for one in world.rng.choices(world.customers, k=4) if one.contacts] or world.customers
    )
    is_fresh = world.rng.random() < 0.15  # so that every desk has something to do today
    age = world.rng.randrange(FRESH) if is_fresh else int(world.rng.triangular(0, 300, 20))
    state = world.rng.choice(STORIES) if age < FRESH else "closed"
    at = world.at(world.today - timedelta(days=age))
    assert customer.owner.office_id is not None, "every seller sits in an office"
    return Story(world.rng.choice(words.TICKETS), customer, world.staff.agents[customer.owner.office_id], at, state)


def _row(world: World, story: Story) -> Row:
    kind, queue, subject, description = story.text[:4]
    contact = story.customer.contacts[0] if story.customer.contacts else story.customer.row
    is_solved = story.state in ("solved", "closed")
    return {
        "subject": subject,
        "description": description,
        "customer": story.customer.id,
        "contact_name": contact["name"],
        "contact_email": contact["email"],
        "contact_phone": contact["phone"],
        "channel": world.rng.choices(("email", "web", "phone", "wechat", "desk"), (36, 28, 20, 8, 8))[0],
        "type": kind,
        "priority": "high"
        if kind == "complaint"
        else world.rng.choices(("normal", "low", "high", "urgent"), (66, 12, 17, 5))[0],
        "state": story.state,
        "queue": queue,
        "owner": story.agent.id if story.state != "new" else None,
        "office": story.agent.office_id,
        "first_reply_at": _first_reply(story) if story.state != "new" else None,
        "solved_at": _solved(story) if is_solved else None,
        "closed_at": _solved(story) if story.state == "closed" else None,
        "transfers": int(world.rng.random() < 0.12),
        "created_at": story.at,
    }


def _first_reply(story: Story) -> datetime:
    return min(story.at + timedelta(minutes=6 + len(story.text[2]) * 7 % 95), clock.now())


def _solved(story: Story) -> datetime:
    return min(story.at + timedelta(hours=3 + len(story.text[3]) % 40), clock.now())


def _said(world: World, ticket: int, story: Story) -> list[TicketMessage]:
    """The conversation as far as the ticket has come."""
    description, first, word, last = story.text[3:]
    contact = story.customer.contacts[0] if story.customer.contacts else story.customer.row
    answered = _first_reply(story)

    def message(kind: MessageKind, body: str, at: datetime) -> TicketMessage:
        by_agent = kind is not MessageKind.INCOMING
        return TicketMessage(
            ticket_id=ticket,
            kind=kind,
            body=body,
            author_id=story.agent.id if by_agent else None,
            author_name=story.agent.name if by_agent else contact["name"],
            address="" if kind is MessageKind.NOTE else contact["email"] or "",
            mail_state=MailState.SENT if kind is MessageKind.REPLY and contact["email"] else MailState.NONE,
            at=min(at, clock.now()),
        )

    told = [message(MessageKind.INCOMING, description, story.at)]
    if story.state != "new":
        told.append(message(MessageKind.REPLY, first, answered))
    if story.state in ("solved", "closed", "open"):
        told.append(message(MessageKind.INCOMING, word, answered + timedelta(minutes=50)))
    if story.state != "new" and world.rng.random() < 0.25:
        told.append(message(MessageKind.NOTE, world.rng.choice(words.NOTES), answered + timedelta(minutes=70)))
    if story.state in ("solved", "closed"):
        told.append(message(MessageKind.REPLY, last, _solved(story)))
    return told
