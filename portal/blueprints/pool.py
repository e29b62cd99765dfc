"""The public pool: look at what nobody owns, claim it, hand it back."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import rules, schema
from portal.blueprints import screens
from portal.errors import Conflict, Invalid
from portal.security import policy

pool = rules.assignment.pool
bp = Blueprint("pool", __name__, url_prefix="/pool")


@bp.get("/")
@policy.signed_in
def index() -> str:
    """The first pool that is open to the person."""
    open_ = pool.pools(screens.me())
    return show(open_[0].key) if open_ else render_template("pool/none.html")


@bp.get("/<key>")
@policy.signed_in
def show(key: str) -> str:
    """One pool."""
    me = screens.me()
    noun, before = pool.named(key, me), request.args.get("before", type=int)
    found = pool.listed(noun, me, before)
    more, found = len(found) > pool.LIMIT, found[: pool.LIMIT]
    return render_template(
        "pool/show.html",
        noun=noun,
        pools=pool.pools(me),
        entity=schema.current().entities[noun.on],
        columns=pool.columns(noun, me),
        rows=found,
        number=pool.number(noun, me),
        room=pool.room(noun, me),
        next=url_for("pool.show", key=key, before=found[-1].id) if more else None,
    )


@bp.post("/<key>/<int:pooled_id>/claim")
@policy.signed_in
def claim(key: str, pooled_id: int) -> Response:
    """Become the owner; of two who are equally fast one wins and the other is told."""
    noun = pool.named(key, screens.me())
    try:
        pool.claim(noun, pooled_id, screens.me())
    except Conflict:
        screens.tell(_("Somebody else was faster."), "warning")
        return _back(key)
    except Invalid as refused:
        screens.tell(" ".join(map(str, refused.problems.values())), "warning")
        return _back(key)
    screens.tell(_("It is yours now."))
    entity: Any = schema.current().entities[noun.on]
    return redirect(url_for("records.show", entity=entity, record_id=pooled_id), 303)


@bp.post("/<key>/<int:pooled_id>/return")
@policy.signed_in
def hand_back(key: str, pooled_id: int) -> Response:
    """Put an own record back."""
    pool.hand_back(pool.named(key, screens.me()), pooled_id, screens.me())
    screens.tell(_("It is in the pool again."))
    return _back(key)


def _back(key: str) -> Response:
    return redirect(url_for("pool.show", key=key), 303)
