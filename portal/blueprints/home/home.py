"""The page a person starts the day with, and ticking off its tasks."""

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock, insights, records, sales, schema
from portal.blueprints import inbox, screens
from portal.blueprints.home import day
from portal.blueprints.home.blueprint import bp
from portal.security import policy

NOTICES = 5


@bp.get("/")
@policy.signed_in
def home() -> str:
    """Today's tasks, my customers by tier, tickets, charts for who runs reports, notices."""
    return render_template(
        "home/home.html",
        greeting=day.greeting(clock.to_zone(clock.now()).hour),
        tasks=day.tasks(current_user),
        levels=list(day.levels(current_user)),
        tickets=day.tickets(current_user),
        recent=day.recent(current_user),
        charts=insights.home_charts(current_user),
        notices=inbox.newest(current_user, NOTICES),
        links=_links(),
    )


@bp.post("/tasks/<int:task_id>/completion")
@policy.requires_entity("edit", "task")
def complete(task_id: int) -> Response:
    """Tick a task off; the toast takes it back."""
    task = records.fetch(sales.tasks.TASK, task_id, current_user, "edit")
    sales.tasks.complete(task, by=current_user)
    screens.tell(_("“%(name)s” is done.", name=task.title), undo=url_for("home.reopen", task_id=task_id))
    return redirect(url_for("home.home"), 303)


@bp.post("/tasks/<int:task_id>/reopening")
@policy.requires_entity("edit", "task")
def reopen(task_id: int) -> Response:
    """Take back that a task is done."""
    task = records.fetch(sales.tasks.TASK, task_id, current_user, "edit")
    sales.tasks.reopen(task, by=current_user)
    screens.tell(_("“%(name)s” is open again.", name=task.title))
    return redirect(url_for("home.home"), 303)


def _links() -> dict[str, str]:
    """Addresses of the lists behind the panels."""
    entities = schema.current().entities
    mine = {"f.owner": "is_me:true"}
    filters = {"task": mine | {"f.status": "eq:open", "sort": "due_on"}, "customer": mine, "ticket": mine}
    return {
        key: url_for("records.index", entity=entities[key], **arguments)  # type: ignore[arg-type]
        for key, arguments in filters.items()
        if key in entities
    }
