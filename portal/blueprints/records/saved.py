"""Saved views of a list, one's own and shared ones."""

from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal import records
from portal.blueprints import screens
from portal.blueprints.records.blueprint import bp
from portal.blueprints.records.state import ListState
from portal.errors import Invalid
from portal.schema import Entity
from portal.security import Person, policy


def offered(entity: Entity, person: Person) -> Sequence[Any]:
    """The views the person may open."""
    return records.views.views(entity.key, person)


def opened(entity: Entity, person: Person, args: MultiDict[str, str]) -> ListState:
    """The state of a list: what the address says; where it names a view and nothing else, what the view holds."""
    state = ListState(entity, person, args)
    chosen = args.get("view", type=int)
    view = next((one for one in offered(entity, person) if one.id == chosen), None) if chosen else None
    if view is None:
        return state
    return ListState(entity, person, args if state.pairs else MultiDict(view.query), view.id)


@bp.post("/<entity:entity>/views")
@policy.requires_entity("view")
def save_view(entity: Entity) -> Response:
    """Keep the filters, order and columns of a list under a name."""
    state = ListState(entity, current_user, request.form)
    query: dict[str, list[str]] = {}
    for name, value in state.pairs:
        query.setdefault(name, []).append(value)
    try:
        view = records.views.keep(
            entity.key, request.form.get("view_name", ""), query, current_user, shared="shared" in request.form
        )
    except Invalid as refused:
        screens.tell(" ".join(map(str, refused.problems.values())), "danger")
        return redirect(state.url(), 303)
    screens.tell(_("The view “%(name)s” is saved.", name=view.name))
    return redirect(url_for("records.index", entity=entity, view=view.id), 303)


@bp.post("/<entity:entity>/views/<int:view_id>/drop")
@policy.requires_entity("view")
def drop_view(entity: Entity, view_id: int) -> Response:
    """Delete one's own view."""
    records.views.drop(view_id, current_user)
    screens.tell(_("The view is deleted."))
    return redirect(url_for("records.index", entity=entity), 303)
