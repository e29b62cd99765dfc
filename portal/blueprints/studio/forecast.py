"""The whole look at a draft as a job: its page, and the records a new rule refuses as a file."""

from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from flask import Response as Answer
from flask import redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import audit, foresight, schema
from portal.blueprints import screens
from portal.blueprints.attachments import attached, csv_lines
from portal.blueprints.studio.blueprint import bp
from portal.errors import NotFound
from portal.extensions import db
from portal.jobs import Job
from portal.records import reach, reading
from portal.schema import drafts, releases
from portal.schema.releases import Plan
from portal.security import Office, Person, policy

MADE = {
    "task": _l("Tasks"),
    "notify": _l("Notices"),
    "mail": _l("Mails"),
    "approval": _l("Approvals"),
    "webhook": _l("Webhooks"),
    "survey": _l("Surveys"),
    "coupon": _l("Coupons"),
}


@bp.post("/forecasts")
@policy.requires("studio.edit")
def look() -> Response:
    """Ask for the look at the draft as it is now."""
    seen = drafts.workspace(current_user)
    job = foresight.impact.ask(seen.base, seen.edits, current_user)
    db.session.flush()
    return redirect(url_for(".forecast", job_id=job.id), 303)


@bp.get("/forecasts/<int:job_id>")
@policy.requires("studio.edit")
def forecast(job_id: int) -> str:
    """What the look found; while it goes on, how far it is."""
    job, seen = _job(job_id), drafts.workspace(current_user)
    name = "studio/forecast_moving.html" if screens.is_piece() else "studio/forecast.html"
    if job.state != "done" or not job.result or job.result.get("errors"):
        return render_template(name, job=job, found=None, stale=False)
    plan = _plan(job)
    stale = (job.arguments["base"], job.arguments["edits"]) != (seen.base, dict(seen.edits))
    stale = stale or job.result["release"] != releases.current_number()
    return render_template(name, job=job, found=_found(job, plan), stale=stale)


@bp.get("/forecasts/<int:job_id>/refused/<int:number>.csv")
@policy.requires("studio.edit")
def refused(job_id: int, number: int) -> Answer:
    """All records that break one rule, of those the asker may take out, as a file."""
    job = _job(job_id)
    broken = (job.result or {}).get("breaks", [])
    test = next((one for one in _tests(job) if broken[number:] and _is(one, broken[number])), None)
    if test is None or not reading.may_read(current_user, test.before):
        raise NotFound
    entity = schema.current().entities[test.before.entity]
    audit.record("schema.forecast", by=current_user, entity=entity.key, data={"field": test.before.key})
    visible = reach.rows(current_user, "export", entity)
    rows = reading.passing(current_user, test.before, foresight.breaks.rows(test, visible))
    lines = chain([("id", test.before.key)], rows)
    return attached(csv_lines(lines), f"{entity.key}-{test.after.key}.csv")


def _job(job_id: int) -> Job:
    return Job.asked(job_id, foresight.impact.KIND, by=current_user.id)


def _plan(job: Job) -> Plan:
    _result, plan = releases.preview(foresight.impact.documents(job))
    if plan is None:
        raise NotFound
    return plan


def _tests(job: Job) -> list[Any]:
    return foresight.breaks.tests(_plan(job))


def _is(test: Any, told: dict[str, Any]) -> bool:
    facts = (test.before.entity, test.after.key, test.rule, test.office)
    return facts == (told["entity"], told["field"], told["rule"], told.get("office", ""))


@dataclass(frozen=True)
class Broken:
    """A rule that records break, with the first of those the asker may see."""

    entity: Any
    field: Any
    rule: str
    number: int
    ids: list[int]
    office: str


@dataclass(frozen=True)
class Group:
    """The moves of one office or owner."""

    name: str
    number: int
    moves: list[tuple[Any, Any, int]]


def _found(job: Job, plan: Plan) -> dict[str, Any]:
    steps = list(zip(plan.changes, job.result["effects"], strict=False))
    rows = {id(change): number for change, number in steps}
    return {
        "steps": foresight.storage.steps(plan),
        "rows": [(change, rows[id(change)]) for change, _number in steps],
        "breaks": [_broken(told, plan) for told in job.result["breaks"]],
        "tiers": [_tier(told, plan) for told in job.result["tiers"]],
        "flows": [(_flow(told, plan), told) for told in job.result["flows"]],
        "made": MADE,
        "rights": foresight.rights(plan.old, plan.new, plan.offices),
    }


def _broken(told: dict[str, Any], plan: Plan) -> Broken:
    entity, now = plan.new.stored[told["entity"]], schema.current().stored.get(told["entity"])
    field = entity.fields[told["field"]]
    may = reading.may_read(current_user, field)
    seen = reach.among(current_user, now, told["ids"]) if now is not None and may else set()
    ids = [id_ for id_ in told["ids"] if id_ in seen]
    return Broken(entity, field, told["rule"], told["number"], ids, told.get("office", ""))


def _flow(told: dict[str, Any], plan: Plan) -> Any:
    return plan.new.workflows.get(told["workflow"]) or plan.old.workflows[told["workflow"]]


def _tier(told: dict[str, Any], plan: Plan) -> tuple[foresight.Matrix, list[tuple[str, list[Group]]]]:
    matrix = foresight.effects.matrix_of(plan, told["tier"], {(old, new): number for old, new, number in told["all"]})
    matrix = replace(matrix, waiting={(old, new): number for old, new, number in told["grace"]}, anew=told["anew"])
    names: dict[str, Any] = {"office": Office, "owner": Person}
    return matrix, [(by, [_group(model, at, moves) for at, moves in told[by]]) for by, model in names.items()]


def _group(model: Any, at: int | None, moves: list[Any]) -> Group:
    there = db.session.get(model, at) if at else None
    return Group(there.name if there else "–", sum(move[2] for move in moves), [tuple(move) for move in moves])
