"""The list of an entity: filters, order, columns, page by page."""

from typing import Any

from flask import render_template, request

from portal import confirmations, records, surveys
from portal.blueprints import merging, screens
from portal.blueprints.records import saved
from portal.blueprints.records.blueprint import bp
from portal.blueprints.records.bulk import editable
from portal.blueprints.records.filters import is_filter
from portal.blueprints.records.state import ListState
from portal.fields import Field
from portal.schema import Entity
from portal.security import policy

PAGE = 50
NEAR = 4
TARGET = "listing"


@bp.get("/<entity:entity>")
@policy.requires_entity("view")
def index(entity: Entity) -> str:
    """The list page; htmx gets the piece between heading and foot."""
    state = saved.opened(entity, screens.me(), request.args)
    template = "records/listing.html" if screens.is_piece(TARGET) else "records/index.html"
    return render_template(template, **listing(state))


def listing(state: ListState) -> dict[str, Any]:
    """What the templates of a list need."""
    entity, person = state.entity, state.person
    page = records.search(
        entity.key,
        person,
        condition=state.condition,
        sort=state.sort,
        after=request.args.get("after", type=int),
        before=request.args.get("before", type=int),
        limit=PAGE,
        columns=[field.key for field in state.columns],
        text=state.text,
        archived=state.archived,
    )
    return {
        "entity": entity,
        "state": state,
        "page": page,
        "chips": state.chips(),
        "near": near(state),
        "views": saved.offered(entity, person),
        "bulk_fields": editable(entity, person),
        "can_merge": merging.is_offered(entity, person),
        "can_import": policy.may(person, "import") and policy.can(person, "create", entity.key),
        "can_export": policy.may(person, "export") and policy.can(person, "export", entity.key),
        "surveys": [one.noun for one in surveys.results.surveys(screens.me()) if one.noun.on == entity.key],
        "can_ask": confirmations.asking.document_of(entity.key) is not None,
        "can_create": policy.can(person, "create", entity.key),
    }


def near(state: ListState) -> list[Field]:
    """The first filters of the layout that are not in force, for one line of buttons."""
    taken = state.filtered
    free = [state.readable[key] for key in state.layout.filters if key in state.readable and key not in taken]
    return [field for field in free if is_filter(field)][: max(0, NEAR - len(taken))]
