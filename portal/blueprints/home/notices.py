"""The notices behind the bell."""

from flask import redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock
from portal.blueprints import inbox
from portal.blueprints.addresses import local
from portal.blueprints.home.blueprint import bp
from portal.errors import NotFound
from portal.security import policy

PAGE = 50


@bp.get("/notices")
@policy.signed_in
def notices() -> str:
    """The person's notices, newest first."""
    found = inbox.newest(current_user, PAGE + 1, request.args.get("before", type=int))
    older = url_for("home.notices", before=found[PAGE - 1].id) if len(found) > PAGE else None
    return render_template("home/notices.html", notices=found[:PAGE], older=older)


@bp.post("/notices/<int:notice_id>/reading")
@policy.signed_in
def read(notice_id: int) -> Response:
    """Mark a notice as read and go to what it speaks of."""
    notice = inbox.find(current_user, notice_id)
    if notice is None:
        raise NotFound
    notice.read_at = notice.read_at or clock.now()
    return redirect(local(notice.link, url_for("home.notices")), 303)


@bp.post("/notices/reading")
@policy.signed_in
def read_all() -> Response:
    """Mark every notice as read."""
    inbox.mark_all_read(current_user)
    return redirect(url_for("home.notices"), 303)
