"""Records as cards in columns, one for each option of a field; a card goes to another column by the same save."""

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import records
from portal.blueprints import screens
from portal.blueprints.records import saved
from portal.blueprints.records.blueprint import bp
from portal.blueprints.records.cells import one_field
from portal.blueprints.records.state import ListState
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.fields import Field
from portal.records import Record
from portal.schema import Entity, conditions
from portal.security import policy
from portal.security.policy import Access

CARDS = 30  # of a column; the list shows the rest
FACTS = 4
Answer = Response | str | tuple[str, int]


@dataclass(frozen=True)
class Lane:
    """One column: an option of the field, or the records without one."""

    key: str
    label: Any
    page: Any
    more: str


@bp.get("/<entity:entity>/board")
@policy.requires_entity("view")
def board(entity: Entity) -> str:
    """The board of the list, with its filters."""
    state = saved.opened(entity, screens.me(), request.args)
    field = _field(entity, state)
    keys = [(key, label) for key, label in field.type.choices() or ()]
    lanes = [_lane(state, field, key, label) for key, label in [*keys, ("", _("Without one"))]]
    facts = [one for one in state.columns if one.key not in (entity.title, field.key)][:FACTS]
    return render_template(
        "records/board.html",
        entity=entity,
        state=state,
        field=field,
        lanes=[lane for lane in lanes if lane.key or lane.page.records],
        choices=keys,
        facts=facts,
        views=saved.offered(entity, screens.me()),
        shown_as="board",
        can_create=policy.can(screens.me(), "create", entity.key),
    )


@bp.post("/<entity:entity>/<int:record_id>/lane")
@policy.requires_entity("edit")
def change_lane(entity: Entity, record_id: int) -> Answer:
    """Put a card into another column; a stale version answers 409 and changes nothing."""
    record = records.fetch(entity.key, record_id, screens.me(), "edit")
    field = _field(entity, ListState(entity, screens.me(), request.args))
    if record.access(field.key) < Access.WRITE:
        raise Forbidden
    form = one_field(field, record[field.key])
    if not form.validate():
        return _said(record, " ".join(map(str, form["value"].errors)), 422)
    version = request.form.get("_version", type=int)
    try:
        records.save(record, {field.key: form["value"].data}, by=screens.me(), version=version)
    except Invalid as refused:
        return _said(record, " ".join(map(str, refused.problems.values())), 422)
    except Conflict:
        now = records.fetch(entity.key, record_id, screens.me())
        both = {"theirs": now.text(field.key) or "—", "mine": field.type.text(form["value"].data) or "—"}
        return _said(record, _("Somebody else changed this card: it is “%(theirs)s” now, not “%(mine)s”.", **both), 409)
    return _said(record, _("%(field)s is saved.", field=field.label), 200)


def _said(record: Record, message: str, status: int) -> Answer:
    """A toast: at once for the script that moved the card, on the next page for a plain form."""
    level = "success" if status == 200 else "danger"
    if screens.is_piece():
        return screens.toast(Response(status=status), message, level)  # type: ignore[arg-type]
    screens.tell(message, level)
    state = ListState(record.entity, screens.me(), request.args)
    return redirect(_address(state), 303)


def _address(state: ListState) -> str:
    return url_for("records.board", entity=state.entity, **state.asked())  # type: ignore[arg-type]


def _field(entity: Entity, state: ListState) -> Field:
    field = state.readable.get(entity.list.board or "")
    if field is None:
        raise NotFound
    return field


def _lane(state: ListState, field: Field, key: str, label: Any) -> Lane:
    test = {field.key: {"in": [key]} if key else {"empty": True}}
    condition = conditions.All((state.condition, conditions.parse(test, state.entity)))
    columns = list(dict.fromkeys([state.entity.title, field.key, *(one.key for one in state.columns)]))
    page = records.search(
        state.entity.key,
        state.person,
        condition=condition,
        sort=state.sort,
        limit=CARDS,
        columns=columns,
        text=state.text,
    )
    return Lane(key, label, page, state.url(**{f"f.{field.key}": f"in:{key}" if key else "empty:true"}))
