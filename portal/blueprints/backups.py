"""How backups stand: the last good one, what lies in the folder, and one made now."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, current_app, redirect, render_template
from flask_babel import gettext as _
from werkzeug import Response

from portal import backups, jobs
from portal.blueprints import screens
from portal.extensions import db
from portal.jobs import Job, Schedule, model
from portal.security import policy

bp = Blueprint("backups", __name__, url_prefix="/backups")
SHOWN = 50


@dataclass(frozen=True)
class Kept:
    """A backup in the folder of this machine; `size` in bytes."""

    name: str
    at: datetime
    size: int


@bp.get("/")
@policy.requires("admin")
def index() -> str:
    """The page."""
    settings = current_app.config["PORTAL"]
    plan = db.session.get(Schedule, "backup")
    return render_template(
        "backups/index.html",
        standing=backups.standing.now(),
        due=plan.due_at if plan and settings.backup_at else None,
        job=Job.newest(backups.nightly.JOB, *model.UNDER_WAY),
        kept=_kept(),
        settings=settings,
    )


@bp.post("/")
@policy.requires("admin")
def create() -> Response:
    """Make a backup now, in the background."""
    job = jobs.enqueue(backups.nightly.JOB, by=screens.me(), unique_key=backups.nightly.JOB)
    screens.tell(_("The backup is being made."))
    return redirect(f"/jobs/{job.id}", 303)


def _kept() -> list[Kept]:
    folder = backups.making.folder_of(current_app.config["PORTAL"])
    files = sorted(folder.glob(backups.making.PATTERN), reverse=True)[:SHOWN]
    facts = [(path.name, path.stat()) for path in files]
    return [Kept(name, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size) for name, stat in facts]
