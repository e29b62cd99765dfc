"""A tier rule against the last months of history: asked for, watched, and shown beside the rule in force."""

from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import foresight, schema
from portal.blueprints import screens
from portal.blueprints.studio.blueprint import bp
from portal.errors import NotFound
from portal.extensions import db
from portal.jobs import Job
from portal.schema import check, drafts
from portal.security import policy


@bp.post("/tiers/<key>/backtests")
@policy.requires("studio.edit")
def backtest(key: str) -> Response:
    """Ask for the test of a tier over some months."""
    seen = drafts.workspace(current_user)
    if key not in check.check(seen.documents).catalog.tiers and key not in schema.current().tiers:
        raise NotFound
    months = request.form.get("months", default=12, type=int)
    job = foresight.backtest.ask(key, months, seen.base, seen.edits, current_user)
    db.session.flush()
    return redirect(url_for(".backtested", job_id=job.id), 303)


@bp.get("/backtests/<int:job_id>")
@policy.requires("studio.edit")
def backtested(job_id: int) -> str:
    """The result with its chart; while it goes on, how far it is."""
    job = Job.asked(job_id, foresight.backtest.KIND, by=current_user.id)
    name = "studio/backtest_moving.html" if screens.is_piece() else "studio/backtest.html"
    tier = _tier(job)
    sides = (
        [_side(side, found, job, tier) for side, found in job.result["rules"].items()] if job.state == "done" else []
    )
    kept = sum(job.result["kept"]) if job.state == "done" else 0
    return render_template(name, job=job, tier=tier, sides=sides, kept=kept, entity=schema.current().entities[tier.on])


def _tier(job: Job) -> Any:
    merged = {**schema.releases.documents(job.arguments["base"]), **job.arguments["edits"]}
    drafted = check.check({path: text for path, text in merged.items() if text is not None}).catalog.tiers
    tier = drafted.get(job.arguments["tier"]) or schema.current().tiers.get(job.arguments["tier"])
    if tier is None:
        raise NotFound
    return tier


def _side(side: str, found: dict[str, Any], job: Job, tier: Any) -> dict[str, Any]:
    """One rule for the page: its chart, the table beside it, its moves and the fields history cannot tell."""
    ends = [format_date(date.fromisoformat(end), "short") for end in job.result["ends"]]
    labels = {key: str(level.label) for key, level in tier.levels.items()}
    keys = list(dict.fromkeys([*labels, *(level for month in found["levels"] for level, _number in month)]))
    names = [labels.get(key) or key or _("no level") for key in keys]
    counts = [dict(map(tuple, month)) for month in found["levels"]]
    series = [
        {"name": name, "type": "bar", "stack": "all", "data": [month.get(key, 0) for month in counts]}
        for key, name in zip(keys, names, strict=True)
    ]
    moved = [sum(move[2] for move in month) for month in found["moves"]]
    rows = [[end, *(month.get(key, 0) for key in keys), moved[at - 1] if at else "–"]
            for at, (end, month) in enumerate(zip(ends, counts, strict=True))]  # fmt: skip
    return {
        "side": side,
        "chart": {
            "xAxis": {"type": "category", "data": ends},
            "yAxis": {"type": "value"},
            "legend": {},
            "tooltip": {"trigger": "axis"},
            "series": series,
        },
        "table": {"columns": [_("Day"), *names, _("Moved")], "rows": rows},
        "moved": sum(moved),
        "who": [(ends[at], id_, labels.get(old, old), labels.get(new, new)) for at, id_, old, new in found["who"]],
        "today": found["today"],
        "rebuilt": found["rebuilt"],
    }
