"""A release that would keep writers waiting: a job prepares and publishes it, and the person sees how far it is."""

from collections.abc import Mapping

from flask import redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.blueprints import screens
from portal.extensions import db
from portal.jobs import Job, model
from portal.records import publishing


def publish(
    edits: Mapping[str, str | None],
    *,
    base: int,
    note: str,
    right: str,
    restores: int | None = None,
    draft: int | None = None,
) -> Response:
    """Ask for the release and lead to its job."""
    job = publishing.ask(edits, base=base, note=note, by=current_user, right=right, restores=restores, draft=draft)
    db.session.flush()
    screens.tell(_("Values are converted beside the work; the release then comes into force by itself."))
    return redirect(url_for("jobs.show", job_id=job.id), 303)


def under_way() -> Job | None:
    """The release that is being prepared."""
    return Job.newest(publishing.KIND, *model.UNDER_WAY)
