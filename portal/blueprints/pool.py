"""The public pool: look at what nobody owns, claim it, hand it back."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal import rules, schema
from portal.blueprints import picks, screens
from portal.errors import Conflict, Invalid
from portal.fields import Field
from portal.schema import Entity, conditions
from portal.security import policy

pool, shelf = rules.assignment.pool, rules.assignment.shelf
KEPT = ("sort", "after", "before")
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
    """One pool, narrowed and sorted as the address says."""
    me = screens.me()
    noun = pool.named(key, me)
    entity, asked = schema.current().entities[noun.on], _asked(pool_filters := shelf.filters(noun, me))
    sort, shown = request.args.get("sort", ""), pool.columns(noun, me)
    sort = sort if sort.removeprefix("-") in {field.key for field in shown} else ""
    ends = {name: request.args.get(name, type=int) for name in ("after", "before")}
    found = shelf.listed(noun, me, _condition(asked, entity), sort, **ends)
    kept: dict[str, Any] = {f"f.{name}": value for name, value in asked.items()}
    order: dict[str, Any] = {**kept, **({"sort": sort} if sort else {})}
    here = {**order, **{name: id_ for name, id_ in ends.items() if id_}}
    return render_template(
        "pool/show.html",
        noun=noun,
        pools=pool.pools(me),
        entity=entity,
        columns=shown,
        filters=pool_filters,
        asked=asked,
        kept=kept,
        sort=sort,
        rows=found.rows,
        here=here,
        number=pool.number(noun, me),
        room=pool.room(noun, me),
        held=shelf.held(noun, me),
        previous=url_for("pool.show", key=key, before=found.previous, **order) if found.previous else None,
        next=url_for("pool.show", key=key, after=found.next, **order) if found.next else None,
    )


def _asked(fields: Sequence[Field]) -> dict[str, str]:
    """What was filled in of the filters, by field."""
    given = {field.key: request.args.get(f"f.{field.key}", "").strip() for field in fields}
    return {key: value for key, value in given.items() if value}


def _condition(asked: dict[str, str], entity: Entity) -> conditions.Condition | None:
    """Options are picked, words are looked for anywhere in the text; what cannot be read narrows nothing."""
    nodes = {
        key: value if entity.fields[key].type.choices() is not None else {shelf.TEXT: value}
        for key, value in asked.items()
    }
    try:
        return conditions.parse(nodes, entity)
    except conditions.ConditionError:
        return None


@bp.post("/<key>/claims")
@policy.signed_in
def claim_many(key: str) -> Response:
    """Become the owner of those that were ticked, as far as there is room."""
    noun = pool.named(key, screens.me())
    ids = picks.ids("id")[: shelf.LIMIT]
    done = pool.claim_many(noun, ids, screens.me())
    said = [ngettext("%(num)d record is yours now.", "%(num)d records are yours now.", done.taken)]
    if done.gone:
        said.append(ngettext("Somebody was faster at %(num)d.", "Others were faster at %(num)d.", done.gone))
    if done.over:
        said.append(ngettext("There was no room for %(num)d.", "There was no room for %(num)d.", done.over))
    screens.tell(" ".join(said), "success" if done.taken == len(ids) and ids else "warning")
    return _back(key)


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
    """Where the person was: the same filters, order and page."""
    asked = {name: value for name, value in request.args.items() if name in KEPT or name.startswith("f.")}
    here: dict[str, Any] = dict(asked)
    return redirect(url_for("pool.show", key=key, **here), 303)
