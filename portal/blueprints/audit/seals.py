"""How the audit log stands against its seals: the last check, and a check now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug import Response

from portal import audit, jobs
from portal.blueprints import screens
from portal.blueprints.audit.blueprint import bp
from portal.jobs import Job, model
from portal.security import policy

KIND = "audit.verify"
FAULTS = {
    "lines_missing": _l("Of the lines %(first)s to %(last)s, %(count)s are gone."),
    "lines_added": _l("Among the lines %(first)s to %(last)s, %(count)s were slipped in."),
    "lines_changed": _l("Of the lines %(first)s to %(last)s at least one was changed."),
    "looks_missing": _l("Of the looks %(first)s to %(last)s, %(count)s are gone."),
    "looks_added": _l("Among the looks %(first)s to %(last)s, %(count)s were slipped in."),
    "looks_changed": _l("Of the looks %(first)s to %(last)s at least one was changed."),
    "seal_missing": _l("Seal %(first)s is gone."),
    "seal_changed": _l("Seal %(first)s was changed, or made with another key."),
    "seal_other": _l("Seal %(first)s is not the one this machine made."),
    "seals_cut": _l("The seals after %(first)s are gone, though %(last)s were made."),
}
"""Kind of a fault → what it says."""


@dataclass(frozen=True)
class Standing:
    """What the page says: the newest seal, whether a check is under way, when the last one ended, what it found."""

    sealed: audit.seals.AuditSeal | None
    running: bool
    checked_at: datetime | None
    result: dict[str, Any]

    @property
    def faults(self) -> list[str]:
        """What is wrong, in the reader's language."""
        names = ("first", "last", "count")
        return [str(FAULTS[kind]) % dict(zip(names, numbers, strict=True)) for kind, *numbers in self.result["faults"]]


def standing() -> Standing:
    """How the log stands by the newest check that came to its end."""
    job = Job.newest(KIND, model.DONE)
    found = job.result if job and isinstance(job.result, dict) else {}
    running = Job.newest(KIND, *model.UNDER_WAY) is not None
    return Standing(audit.seals.last_seal(), running, job.ended_at if job else None, {"lines": 0, "faults": []} | found)


@bp.get("/audit/verification")
@policy.requires("audit.read")
def verification() -> str | Response:
    """The piece about seals, which asks for itself again while a check is under way."""
    if not screens.is_piece():
        return redirect(url_for("audit.index"))
    return render_template("audit/seals.html", seals=standing())


@bp.post("/audit/verification")
@policy.requires("audit.read")
def verify() -> Response:
    """Check the whole log against its seals, in the background."""
    jobs.enqueue(KIND, by=current_user, unique_key=KIND)
    return redirect(url_for("audit.index"), 303)
