"""What webhooks have told other systems: the list, one delivery, sending it again, and the keys that sign them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import records, rules
from portal.blueprints import screens
from portal.blueprints.workflows.runs import label_of
from portal.errors import Conflict
from portal.security import crypto, policy

deliveries, keys = rules.webhooks.deliveries, rules.webhooks.keys
STATES = {
    "queued": (_l("Is being tried"), "yellow", "hourglass"),
    "sent": (_l("Taken"), "green", "circle-check"),
    "failed": (_l("Given up"), "red", "alert-triangle"),
}
bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")


@bp.get("/")
@policy.requires("jobs.manage")
def index() -> str:
    """Deliveries about records the person may see, newest first."""
    state, before = request.args.get("state", ""), request.args.get("before", type=int)
    found = list(deliveries.listed(current_user, state if state in STATES else "", before))
    more, found = len(found) > deliveries.LIMIT, found[: deliveries.LIMIT]
    names = records.links.called({(run.entity, run.record_id) for _call, run in found}, current_user)
    rows = [
        {
            "call": call,
            "host": rules.webhooks.host_of(call.url),
            "label": label_of(run),
            "name": names.get((run.entity, run.record_id), f"#{run.record_id}"),
        }
        for call, run in found
    ]
    following = url_for("webhooks.index", state=state, before=found[-1][0].id) if more else None
    numbers = deliveries.numbers(current_user)
    return render_template(
        "webhooks/index.html", rows=rows, state=state, states=STATES, numbers=numbers, next=following
    )


@bp.get("/<int:call_id>")
@policy.requires("jobs.manage")
def show(call_id: int) -> str:
    """One delivery: where to, what was answered, which fields it held; their values stay in the record."""
    call, run = deliveries.one(call_id, current_user)
    record = records.fetch(run.entity, run.record_id, current_user)
    return render_template("webhooks/show.html", call=call, run=run, record=record, label=label_of(run), states=STATES)


@bp.post("/<int:call_id>/attempt")
@policy.requires("jobs.manage")
def attempt(call_id: int) -> Response:
    """Send an ended one again."""
    try:
        deliveries.send_again(call_id, current_user)
    except Conflict:
        screens.tell(_("It is being tried already."), "warning")
    else:
        screens.tell(_("It is being sent again."))
    return redirect(url_for("webhooks.show", call_id=call_id), 303)


@bp.get("/keys")
@policy.requires("jobs.manage")
def keys_of_hosts() -> str:
    """The hosts with their keys, which stay hidden."""
    return _keys()


@bp.post("/keys")
@policy.requires("jobs.manage")
def reveal() -> str:
    """Show the key of a host, or make a new one."""
    host, is_new = request.form.get("host", ""), request.form.get("new") == "1"
    key = keys.rotate(host, current_user) if is_new else keys.show(host, current_user)
    try:
        return _keys(host, key.secret)
    except crypto.Unreadable:
        screens.tell(_("This key was kept with another PORTAL_SECRET_KEY; make a new one."), "warning")
        return _keys()


def _keys(shown: str = "", secret: str = "") -> str:
    hosts = [(host, keys.valid(host)) for host in keys.hosts()]
    return render_template("webhooks/keys.html", hosts=hosts, shown=shown, secret=secret)
