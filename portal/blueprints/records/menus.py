"""The long menus of a list's toolbar, fetched when they are first opened: most pages are left without any of them."""

from flask import render_template, request

from portal.blueprints import screens
from portal.blueprints.records import saved
from portal.blueprints.records.blueprint import bp
from portal.blueprints.records.filters import offers
from portal.schema import Entity
from portal.security import policy


@bp.get("/<entity:entity>/menus/filters")
@policy.requires_entity("view")
def filters_menu(entity: Entity) -> str:
    """All that the list can be filtered by."""
    return _menu(entity, "filters")


@bp.get("/<entity:entity>/menus/order")
@policy.requires_entity("view")
def order_menu(entity: Entity) -> str:
    """By what the list is ordered."""
    return _menu(entity, "order")


@bp.get("/<entity:entity>/menus/columns")
@policy.requires_entity("view")
def columns_menu(entity: Entity) -> str:
    """What the list shows."""
    return _menu(entity, "columns")


def _menu(entity: Entity, word: str) -> str:
    """The menu for the state of the list in the address; a page of its own where JavaScript does not run."""
    state = saved.opened(entity, screens.me(), request.args)
    template = f"records/{word}_menu.html"
    values = {"entity": entity, "state": state, "filters": offers(state), "menu": template}
    return render_template(template if screens.is_piece() else "records/menu_page.html", **values)
