"""A rule against the last months of history: asked for, watched, and shown beside the rule in force."""

from datetime import date, datetime
from itertools import accumulate
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock, foresight, schema
from portal.blueprints import screens
from portal.blueprints.studio.blueprint import bp
from portal.errors import NotFound
from portal.extensions import db
from portal.jobs import Job
from portal.records import reach, reading
from portal.schema import Entity, check, drafts
from portal.security import policy

SOURCES = ("rebuilt", "history", "today")  # of the values a rule asks for
NAMES = {"now": _l("Rule in force"), "draft": _l("Rule in your draft")}


@bp.post("/<kind>/<key>/backtests")
@policy.requires("studio.edit")
def backtest(kind: str, key: str) -> Response:
    """Ask for the test of a rule over some months."""
    if kind not in foresight.backtest.KINDS:
        raise NotFound
    seen = drafts.workspace(current_user)
    if key not in check.check(seen.documents).catalog.kind(kind) and key not in schema.current().kind(kind):
        raise NotFound
    months = request.form.get("months", default=12, type=int)
    job = foresight.backtest.ask(kind, key, months, seen.base, seen.edits, current_user)
    db.session.flush()
    return redirect(url_for(".backtested", job_id=job.id), 303)


@bp.get("/backtests/<int:job_id>")
@policy.requires("studio.edit")
def backtested(job_id: int) -> str:
    """The result with its chart; while it goes on, how far it is."""
    job = Job.asked(job_id, foresight.backtest.KIND, by=current_user.id)
    name = "studio/backtest_moving.html" if screens.is_piece() else "studio/backtest.html"
    noun, kind = _noun(job), job.arguments["kind"]
    entity = schema.current().entities.get(noun.on)
    if entity is None:  # the kind is new in the draft, or gone: it has no past
        raise NotFound
    found = job.result if job.state == "done" else {"rules": {}, "kept": [], "ends": []}
    labels = _labels(noun)
    make = _starts if kind == "workflows" else _levels
    rules = {side: {**told, "who": _in_sight(told["who"], noun, entity)} for side, told in found["rules"].items()}
    return render_template(
        name,
        job=job,
        noun=noun,
        kind=kind,
        sides=[make(side, _in_words(told, entity), found, labels) for side, told in rules.items()],
        kept=sum(found["kept"]),
        comparison=_comparison(found, labels) if len(found["rules"]) > 1 else None,
        entity=entity,
    )


def _noun(job: Job) -> Any:
    kind, key = job.arguments["kind"], job.arguments["key"]
    merged = {**schema.releases.documents(job.arguments["base"]), **job.arguments["edits"]}
    drafted = check.check({path: text for path, text in merged.items() if text is not None}).catalog.kind(kind)
    noun = drafted.get(key) or schema.current().kind(kind).get(key)
    if noun is None:
        raise NotFound
    return noun


def _in_sight(who: list[list[Any]], noun: Any, entity: Entity) -> list[list[Any]]:
    """Of the records that are told one by one those that the asker may view, whose level the asker may read."""
    level = str(getattr(noun, "band", "") or getattr(noun, "field", ""))
    if level in entity.fields and not reading.may_read(current_user, entity.fields[level]):
        return []
    seen = reach.among(current_user, entity, [row[1] for row in who])
    return [row for row in who if row[1] in seen]


def _in_words(told: dict[str, Any], entity: Entity) -> dict[str, Any]:
    """What is told of a rule, with the fields it speaks of as people call them."""
    known = entity.fields
    words = {how: [str(known[key].label) if key in known else key for key in told[how]] for how in SOURCES}
    return {**told, **words}


def _labels(noun: Any) -> dict[str | None, str]:
    """The words of levels or bands."""
    options = getattr(noun, "levels", None) or getattr(noun, "bands", None) or {}
    return {key: str(one.label) for key, one in options.items()}


def _days(found: dict[str, Any]) -> list[str]:
    return [format_date(date.fromisoformat(end), "short") for end in found["ends"]]


def _chart(days: list[str], series: list[dict[str, Any]]) -> dict[str, Any]:
    axes = {"xAxis": {"type": "category", "data": days}, "yAxis": {"type": "value"}}
    grid = {"left": 8, "right": 16, "top": 12, "bottom": 32, "containLabel": True}
    return {**axes, "legend": {"bottom": 0}, "grid": grid, "tooltip": {"trigger": "axis"}, "series": series}


def _levels(side: str, told: dict[str, Any], found: dict[str, Any], labels: dict[str | None, str]) -> dict[str, Any]:
    """A rule that gives every record a level: its chart, the table beside it, its moves."""
    days, counts = _days(found), [dict(map(tuple, month)) for month in told["levels"]]
    keys = list(dict.fromkeys([*labels, *(level for month in counts for level in month)]))
    names = [labels.get(key) or key or _("no level") for key in keys]
    series = [
        {"name": name, "type": "bar", "stack": "all", "data": [month.get(key, 0) for month in counts]}
        for key, name in zip(keys, names, strict=True)
    ]
    moved = [sum(move[2] for move in month) for month in told["moves"]]
    rows = [
        [day, *(month.get(key, 0) for key in keys), moved[at - 1] if at else "–"]
        for at, (day, month) in enumerate(zip(days, counts, strict=True))
    ]
    who = [(days[at], id_, labels.get(old, old), labels.get(new, new)) for at, id_, old, new in told["who"]]
    chart, columns = _chart(days, series), [_("Day"), *names, _("Moved")]
    return {**told, "name": NAMES[side], "chart": chart, "table": {"columns": columns, "rows": rows}} | {
        "number": sum(moved),
        "who": who,
    }


def _starts(side: str, told: dict[str, Any], found: dict[str, Any], labels: dict[str | None, str]) -> dict[str, Any]:
    """A workflow: how many runs would have begun in each month, and in all by then."""
    days, sums = _days(found)[1:], list(accumulate(told["starts"]))
    series = [{"name": _("Runs begun"), "type": "bar", "data": told["starts"]}]
    rows = [list(row) for row in zip(days, told["starts"], sums, strict=True)]
    who = [(format_date(clock.to_zone(datetime.fromisoformat(at)).date(), "short"), id_) for at, id_ in told["who"]]
    table = {"columns": [_("Up to"), _("Runs begun"), _("In all")], "rows": rows}
    return {**told, "name": NAMES[side], "chart": _chart(days, series), "table": table} | {
        "number": sums[-1] if sums else 0,
        "who": who,
    }


def _comparison(found: dict[str, Any], labels: dict[str | None, str]) -> dict[str, Any]:
    """The two rules beside each other, month by month."""
    days, rules = _days(found), found["rules"]
    if "differ" not in found:
        series = [{"name": str(NAMES[side]), "type": "line", "data": told["starts"]} for side, told in rules.items()]
        rows = [list(row) for row in zip(days[1:], *(told["starts"] for told in rules.values()), strict=True)]
        columns = [_("Up to"), *(str(NAMES[side]) for side in rules)]
        return {"chart": _chart(days[1:], series), "table": {"columns": columns, "rows": rows}, "between": []}
    series = [{"name": _("Records they judge differently"), "type": "bar", "data": found["differ"]}]
    rows = [list(row) for row in zip(days, found["differ"], strict=True)]
    table = {"columns": [_("Day"), _("Records they judge differently")], "rows": rows}
    between = [
        (labels.get(old, old), labels.get(new, new), number) for old, new, number in found["between"] if old != new
    ]
    return {"chart": _chart(days, series), "table": table, "between": sorted(between, key=lambda row: -row[2])}
