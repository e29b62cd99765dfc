"""See a mail before anybody gets it: as real recipients will read it, and as a test to oneself."""

from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext
from markupsafe import Markup

from portal import audit, clock, mail
from portal.campaigns import audience
from portal.campaigns.content import compile_content, to_html
from portal.campaigns.models import Campaign
from portal.campaigns.posting import ConnectionLost, Offer
from portal.errors import Invalid, PortalError
from portal.extensions import db
from portal.mail import MergeError, MergeTemplate, Skeleton
from portal.records import reading, tables
from portal.security import Person

SHOWN = 3
"""Recipients a preview shows."""
NO_ADDRESSES = {"click": "#", "pixel": "#", "unsubscribe": "#"}


@dataclass(frozen=True)
class Proof:
    """One recipient's mail as it will read; `body` is safe HTML."""

    record_id: int
    address: str
    name: str
    subject: str
    body: Markup


def proofs(campaign: Campaign, person: Person, limit: int = SHOWN) -> list[Proof]:
    """The mail as the first recipients will read it; raises Invalid by field for what cannot be filled in."""
    entity, when = audience.segment_of(campaign)
    table, address = tables.table_of(entity.key), audience.mailbox_field(entity)
    chosen = audience.selected(entity, when, person).add_columns(table.c[address.column])
    rows = db.session.execute(
        chosen.where(table.c[address.column].is_not(None)).order_by(table.c.id).limit(limit)
    ).all()
    subject, body = _template("subject", campaign.subject), _template("body", campaign.body)
    names = subject.names | body.names
    rich = MergeTemplate(to_html(campaign.body), is_html=True)
    values = audience.values_of(entity, [row[0] for row in rows], names, person)
    for shown_id, texts in values.items():
        for key in (key for key, text in texts.items() if text and key in entity.fields):
            reading.seen(person, entity.fields[key], (shown_id,))
    return [
        Proof(
            record_id=id_,
            address=audience.shown_address(entity, mailbox, id_, person),
            name=filled.get(entity.title, ""),
            subject=subject.render(filled),
            body=Markup(rich.render(filled)),  # nosec B704
        )
        for id_, mailbox in rows
        if (filled := values.get(id_)) is not None
    ]


def _template(key: str, source: str) -> MergeTemplate:
    try:
        return MergeTemplate(source)
    except MergeError as error:
        raise Invalid({key: gettext("Line %(line)d: %(problem)s", line=error.line, problem=error.message)}) from error


def send_test(campaign: Campaign, address: str, person: Person) -> None:
    """Send the mail, filled in for the first recipient, to one's own address; raises PortalError with the reason."""
    first = proofs(campaign, person, limit=1)
    entity, _ = audience.segment_of(campaign)
    content = compile_content(campaign.subject, campaign.body, sender=campaign.sender_name)
    ids = [proof.record_id for proof in first]
    values = audience.values_of(entity, ids, content.names, person)
    texts = content.fill(values[ids[0]] if ids else {}, NO_ADDRESSES)
    sender = current_app.config["PORTAL"].smtp_from
    message = Skeleton(sender, campaign.sender_name, campaign.reply_to).fill(
        Skeleton.envelope(
            to=address,
            subject=gettext("[Test] %(subject)s", subject=texts.subject),
            text=texts.text,
            html=texts.html,
            date=clock.now(),
            message_id=f"c{campaign.id}.test{int(clock.now().timestamp() * 1000)}@{sender.rpartition('@')[2]}",
        )
    )
    try:
        with mail.connect() as smtp:
            outcome = Offer(smtp, sender, address).deliver(message)
    except (mail.Temporary, ConnectionLost) as error:
        raise PortalError(gettext("The mail server did not take it: %(problem)s", problem=error)) from error
    if outcome.reason:
        raise Invalid({"address": outcome.reason})
    audit.record("campaign.tested", by=person, data={"campaign": campaign.id})


def field_names(campaign: Campaign, person: Person) -> list[tuple[str, str]]:
    """The merge fields that may be used: key and label of what the person may read."""
    entity, _ = audience.segment_of(campaign)
    return [(field.key, str(field.label)) for field in reading.readable(person, entity.fields.values())]
