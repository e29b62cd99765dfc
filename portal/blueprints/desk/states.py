"""Open, take, hand over, close and open again."""

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import desk, records
from portal.blueprints import screens
from portal.blueprints.desk.blueprint import back, bp
from portal.blueprints.desk.forms import TransferForm
from portal.errors import NotFound
from portal.extensions import db
from portal.security import Person, policy


@bp.post("/<int:ticket_id>/holder")
@policy.requires("tickets.work")
def take(ticket_id: int) -> Response:
    """Take the ticket oneself."""
    ticket = desk.states.take(records.fetch("ticket", ticket_id, current_user, "edit"), by=current_user)
    screens.tell(_("The ticket is yours."))
    return back(ticket)


@bp.post("/<int:ticket_id>/transfer")
@policy.requires("tickets.work")
def transfer(ticket_id: int) -> Response:
    """Hand the ticket over."""
    ticket = records.fetch("ticket", ticket_id, current_user, "edit")
    form = TransferForm().fill_choices(ticket)
    if not form.validate_on_submit():
        screens.tell(_("Choose somebody to hand over to."), "danger")
        return back(ticket)
    to = db.session.get(Person, form.person_id.data)
    if to is None:
        raise NotFound
    moved = desk.states.hand_over(ticket, to, by=current_user, reason=form.reason.data or "")
    screens.tell(_("Handed over to %(name)s.", name=to.name))
    return back(moved)


@bp.post("/<int:ticket_id>/closure")
@policy.requires("tickets.work")
def close(ticket_id: int) -> Response:
    """Close the ticket as solved."""
    ticket = desk.states.close(records.fetch("ticket", ticket_id, current_user, "edit"), by=current_user)
    screens.tell(_("The ticket is solved."), undo=url_for(".reopen", ticket_id=ticket.id))
    return back(ticket)


@bp.post("/<int:ticket_id>/reopening")
@policy.requires("tickets.work")
def reopen(ticket_id: int) -> Response:
    """Open an ended ticket again."""
    ticket = desk.states.reopen(records.fetch("ticket", ticket_id, current_user, "edit"), by=current_user)
    screens.tell(_("The ticket is open again."))
    return back(ticket)
