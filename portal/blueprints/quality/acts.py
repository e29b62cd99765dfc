"""What is done from the board: tasks for the owners of records with an issue."""

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import sales
from portal.blueprints import screens
from portal.blueprints.addresses import to
from portal.blueprints.quality import figures
from portal.blueprints.quality.blueprint import bp
from portal.errors import NotFound
from portal.security import policy


@bp.post("/<key>/tasks")
@policy.requires_entity("create", "task")
def assign(key: str) -> Response:
    """Ask the owners within reach to mend one issue."""
    me = screens.me()
    noun = figures.noun_of(key, me)
    found = figures.Figures(noun, me, request.form.get("office", type=int))
    issue = request.form.get("issue", "")
    if issue not in {one.key for one in found.issues}:
        raise NotFound
    rows = [row for row in found.rows("owner") if row.id is not None]
    numbers = {row.id: row.line.issues[issue] for row in rows if row.id is not None}
    addresses = {id_: found.href([issue], "owner", id_) for id_ in numbers}
    made = sales.mending.ask_owners(noun, issue, numbers, addresses, by=me)
    if made:
        screens.tell(ngettext("%(num)d task was written.", "%(num)d tasks were written.", made))
    else:
        screens.tell(_("Every owner has such a task already."), "warning")
    return to(url_for("quality.board", key=key, office=found.office))
