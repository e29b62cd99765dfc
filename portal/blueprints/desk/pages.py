"""The queues, and one ticket with everything said in it."""

from flask import Response, render_template, request
from flask_login import current_user

from portal import desk, mail, records
from portal.blueprints.desk.blueprint import bp
from portal.blueprints.desk.forms import MessageForm, TransferForm, canned, colleagues
from portal.errors import NotFound
from portal.records import Record
from portal.security import policy


@bp.get("/")
@policy.requires("tickets.work")
def index() -> str:
    """A queue with the counts of all."""
    queue = desk.queues.named(request.args.get("queue", ""))
    cursors = {side: request.args.get(side, type=int) for side in ("after", "before")}
    return render_template(
        "desk/index.html",
        queue=queue,
        queues=[(one, min(one.count(current_user), 1000)) for one in desk.queues.QUEUES],
        page=queue.page(current_user, **cursors),
    )


@bp.get("/<int:ticket_id>")
@policy.requires("tickets.work")
def ticket(ticket_id: int) -> str:
    """One ticket."""
    return show(records.fetch("ticket", ticket_id, current_user))


@bp.get("/<int:ticket_id>/canned/<key>")
@policy.requires("tickets.work")
def canned_reply(ticket_id: int, key: str) -> Response:
    """A kept reply, filled in for this ticket: plain text, for a customer's words stand in it."""
    found = records.fetch("ticket", ticket_id, current_user)
    for message in canned():
        if message.message == key:
            values = {field: found.text(field) for field in found.visible()} | {"agent": current_user.name}
            return Response(mail.MergeTemplate(message.body).render(values), content_type="text/plain; charset=utf-8")
    raise NotFound


def show(found: Record, form: MessageForm | None = None, problem: str = "") -> str:
    """The page of a ticket, with what was typed and what is wrong with it."""
    said = desk.conversation.messages(found)
    if form is None:
        form = MessageForm(formdata=None, body=desk.drafts.text(found, current_user))
    form.seen.data = said[-1].id if said else 0
    return render_template(
        "desk/ticket.html",
        ticket=found,
        said=said,
        form=form,
        problem=problem,
        transfer=TransferForm(formdata=None).fill_choices(found),
        colleagues=colleagues(found),
        canned=canned(),
    )
