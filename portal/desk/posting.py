"""Mail a ticket's replies, each once: what may have been sent is never sent again by itself."""

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext

from portal import jobs, mail, records
from portal.desk.models import MailState, TicketMessage
from portal.extensions import db, transaction
from portal.records import Record
from portal.security import SYSTEM


def post(work: jobs.Work) -> str:
    """Job `desk.post`: mail one reply; gives the state it ended in. A temporary refusal tries again later."""
    with transaction():
        message = db.session.get_one(TicketMessage, work.arguments["message"], with_for_update=True)
        if message.mail_state == MailState.SENDING:
            # An earlier attempt stopped after this commit: the server may have the mail.
            message.mail_state = MailState.UNCERTAIN
        if message.mail_state != MailState.WAITING:
            return message.mail_state
        letter = _letter(message)
        message.mail_state = MailState.SENDING
        message.message_id = letter.message_id.strip("<>")
    tried = mail.attempt(letter)
    state = MailState.WAITING if tried.state == "later" else MailState(tried.state)
    with transaction():
        message = db.session.get_one(TicketMessage, work.arguments["message"])
        message.mail_state, message.mail_error = state, tried.reason
    tried.raise_later()
    return state


def post_again(message: TicketMessage) -> None:
    """Send a failed or uncertain reply once more, because a person says so."""
    message.mail_state, message.mail_error = MailState.WAITING, ""
    jobs.enqueue("desk.post", {"message": message.id})


def _letter(message: TicketMessage) -> mail.Message:
    ticket = records.fetch("ticket", message.ticket_id, SYSTEM)
    last = sa.select(TicketMessage.message_id).where(
        TicketMessage.ticket_id == message.ticket_id,
        TicketMessage.id < message.id,
        TicketMessage.message_id.is_not(None),
    )
    earlier = list(db.session.execute(last.order_by(TicketMessage.id)).scalars())
    headers = {}
    if earlier:
        headers = {"In-Reply-To": f"<{earlier[-1]}>", "References": " ".join(f"<{one}>" for one in earlier[-10:])}
    return mail.Message(
        to=message.address,
        subject=f"[{ticket['number']}] {ticket['subject']}",
        text=f"{message.body}\n\n-- \n{message.author_name}",
        message_id=f"<t{message.ticket_id}.m{message.id}@{_domain()}>",
        headers=headers,
    )


def acknowledge(work: jobs.Work) -> str:
    """Job `desk.acknowledge`: tell the customer that the request came in (RFC 3834: marked as automatic)."""
    ticket: Record = records.fetch("ticket", work.arguments["ticket"], SYSTEM)
    number, subject = ticket["number"], ticket["subject"]
    text = gettext(
        "We have received your request “%(subject)s”. Its number is %(number)s.", subject=subject, number=number
    )
    mail.send(
        mail.Message(
            to=str(ticket["contact_email"]),
            subject=f"[{number}] {subject}",
            text=text,
            message_id=f"<t{ticket.id}.received@{_domain()}>",
            headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
        )
    )
    return str(number)


def _domain() -> str:
    return str(current_app.config["PORTAL"].smtp_from.rpartition("@")[2])
