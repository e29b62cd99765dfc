"""The page a person starts the day with."""

from flask import render_template, url_for
from flask_login import current_user

from portal import clock, insights, schema
from portal.blueprints import inbox
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
        stuck=day.stuck(current_user),
        charts=insights.home_charts(current_user),
        notices=inbox.newest(current_user, NOTICES),
        links=_links(),
    )


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
