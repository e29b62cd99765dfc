"""Reply, note, draft, and mail a reply once more."""

import re

from flask import Response, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from portal import desk, records
from portal.blueprints import screens
from portal.blueprints.desk.blueprint import back, bp
from portal.blueprints.desk.forms import MessageForm, colleagues
from portal.blueprints.desk.pages import show
from portal.errors import Conflict, Invalid, NotFound
from portal.extensions import db
from portal.records import Record
from portal.security import Person, policy

Answer = AnyResponse | tuple[str, int]


@bp.post("/<int:ticket_id>/messages")
@policy.requires("tickets.work")
def say(ticket_id: int) -> Answer:
    """Reply or note; what was typed stays when it cannot be taken."""
    ticket = records.fetch("ticket", ticket_id, current_user, "edit")
    form = MessageForm()
    body = form.body.data or ""
    try:
        if form.kind.data == "note":
            desk.conversation.note(ticket, body, by=current_user, mentions=_mentioned(ticket, body))
            screens.tell(_("The note is kept."))
        else:
            desk.conversation.reply(ticket, body, by=current_user, seen=form.seen.data or 0)
            screens.tell(_("The answer is on its way."))
    except Invalid as refused:
        return show(ticket, form, str(refused.problems["body"])), 422
    except Conflict as conflict:
        return show(ticket, form, str(conflict)), 409
    return back(ticket)


def _mentioned(ticket: Record, body: str) -> list[Person]:
    names = set(re.findall(r"@(\S+)", body))
    return [person for person in colleagues(ticket) if person.name in names or person.username in names]


@bp.post("/<int:ticket_id>/draft")
@policy.requires("tickets.work")
def keep_draft(ticket_id: int) -> Response:
    """Save what is being typed."""
    ticket = records.fetch("ticket", ticket_id, current_user)
    desk.drafts.keep(ticket, current_user, request.form.get("body", ""))
    return Response(status=204)


@bp.post("/<int:ticket_id>/messages/<int:message_id>/mail")
@policy.requires("tickets.work")
def mail_again(ticket_id: int, message_id: int) -> AnyResponse:
    """Send a reply's mail once more, because the agent says so."""
    ticket = records.fetch("ticket", ticket_id, current_user, "edit")
    message = db.session.get(desk.models.TicketMessage, message_id)
    if message is None or message.ticket_id != ticket.id:
        raise NotFound
    if message.mail_state not in (desk.models.MailState.FAILED, desk.models.MailState.UNCERTAIN):
        raise Conflict(_("This mail is on its way or delivered."))
    desk.posting.post_again(message)
    screens.tell(_("The answer is on its way."))
    return back(ticket)
