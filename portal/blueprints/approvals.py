"""Decisions people are asked for: the list, one approval with its history, decide, hand on."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import records, rules, schema
from portal.blueprints import screens
from portal.errors import Invalid
from portal.extensions import db
from portal.security import Person, people, policy

account, decisions, listing = rules.approvals.account, rules.approvals.decisions, rules.approvals.listing
bp = Blueprint("approvals", __name__, url_prefix="/approvals")


@bp.get("/")
@policy.signed_in
def index() -> str:
    """What waits for the person, what the person decided, or what was asked for changes of the person's."""
    tab, me = request.args.get("tab", "waiting"), screens.me()
    lists = {"waiting": listing.waiting_for, "decided": listing.decided_by, "asked": listing.asked_by}
    tab = tab if tab in lists else "waiting"
    return render_template("approvals/index.html", tab=tab, rows=_rows(lists[tab](me)), number=listing.number(me))


def _rows(found: Sequence[Any]) -> list[dict[str, Any]]:
    about = {(one.entity, one.record_id) for one in found if one.record_id is not None}
    names = records.links.called(about, current_user)
    asking = people.names(one.asked_by_id for one in found)
    return [
        {
            "approval": one,
            "title": account.title(one),
            "name": _plural(one) if one.record_id is None else names.get(_key(one), f"#{one.record_id}"),
            "asked_by": asking.get(one.asked_by_id or 0, ""),
            "state": _state(one),
        }
        for one in found
    ]


def _key(one: Any) -> tuple[str, int]:
    return one.entity, one.record_id


def _plural(one: Any) -> str:
    entity = schema.current().entities.get(one.entity)
    return str(entity.plural) if entity else ""


def _state(one: Any) -> str:
    return "withdrawn" if one.state == "open" and not decisions.is_awaited(one) else one.state


@bp.get("/<int:approval_id>")
@policy.signed_in
def show(approval_id: int) -> str:
    """One approval."""
    return _page(approval_id, {})


def _page(approval_id: int, problems: dict[str, Any]) -> str:
    me = screens.me()
    found, record = listing.visible(approval_id, me)
    state = _state(found)
    seats = [one for one in found.seats if not one.decision and one.level == found.level]
    decides = state == "open" and any(one.person_id == me.id for one in seats)
    return render_template(
        "approvals/show.html",
        approval=found,
        record=record,
        title=account.title(found),
        lines=account.lines(found),
        asked_by=people.names({found.asked_by_id}).get(found.asked_by_id or 0, ""),
        state=state,
        decides=decides,
        facts=account.facts(found),
        colleagues=_colleagues(me, found) if decides else [],
        problems=problems,
    )


def _colleagues(me: Person, found: Any) -> Sequence[Person]:
    """Whom the decision may be handed to: people of the own office; whether they see the record is checked then."""
    asked = [one.person_id for one in found.seats if not one.decision]
    others = sa.select(Person).where(Person.active, Person.office_id == me.office_id, Person.id.not_in(asked))
    others = others.where(Person.id.is_distinct_from(found.asked_by_id))
    return db.session.scalars(others.order_by(Person.name).limit(500)).all()


@bp.post("/<int:approval_id>/decision")
@policy.signed_in
def decide(approval_id: int) -> Any:
    """Approve or reject."""
    listing.visible(approval_id, screens.me())
    is_yes = request.form.get("decision") == "yes"
    try:
        decisions.decide(approval_id, screens.me(), is_yes=is_yes, comment=request.form.get("comment", ""))
    except Invalid as refused:
        return _page(approval_id, refused.problems), 422
    screens.tell(_("You approved.") if is_yes else _("You rejected."))
    return _back()


@bp.post("/<int:approval_id>/delegation")
@policy.signed_in
def delegate(approval_id: int) -> Any:
    """Hand the own decision to a colleague."""
    listing.visible(approval_id, screens.me())
    to = db.session.get(Person, request.form.get("to", 0, type=int))
    try:
        decisions.delegate(approval_id, screens.me(), to, request.form.get("comment", ""))
    except Invalid as refused:
        return _page(approval_id, refused.problems), 422
    screens.tell(_("The decision is now with %(name)s.", name=to.name if to else ""))
    return _back()


def _back() -> Response:
    return redirect(url_for("approvals.index"), 303)
