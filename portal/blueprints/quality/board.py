"""The board: tiles, trend, issues, and who can mend them; as a page and as a workbook."""

from datetime import timedelta
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask_babel import format_date
from flask_babel import gettext as _

from portal import clock, rules
from portal.blueprints import attachments, screens
from portal.blueprints.addresses import to
from portal.blueprints.quality import figures
from portal.blueprints.quality.blueprint import bp
from portal.errors import Forbidden
from portal.extensions import transaction
from portal.integrations import boards
from portal.security import Person, policy

DAYS = timedelta(days=90)
MOST = 50


@bp.get("/")
@policy.signed_in
def index() -> Any:
    """The first board the person may see."""
    found = figures.known(screens.me())
    return redirect(url_for("quality.board", key=found[0].key)) if found else render_template("quality/none.html")


@bp.get("/<key>")
@policy.signed_in
def board(key: str) -> str:
    """One board."""
    me = screens.me()
    noun = figures.noun_of(key, me)
    found = figures.Figures(noun, me, request.args.get("office", type=int))
    by = request.args.get("by", "owner")
    by = by if by in figures.BY else "owner"
    rows = found.rows(by)
    return render_template(
        "quality/board.html",
        noun=noun,
        nouns=figures.known(me),
        found=found,
        by=by,
        ways=figures.BY,
        rows=rows[:MOST],
        more=max(0, len(rows) - MOST),
        offices=figures.names_of("office", found.offices),
        trend=_trend(noun, me),
        can_ask=policy.can(me, "create", "task"),
        can_export=policy.may(me, "export") and policy.can(me, "export", noun.on),
    )


def _trend(noun: Any, person: Person) -> dict[str, Any] | None:
    """The option of the chart and its table: score and share without issues, day by day."""
    days = rules.quality.totals.trend(noun, person, clock.today() - DAYS)
    if len(days) < 2:
        return None
    names = [str(format_date(day, "MM-dd")) for day in days]
    scores, shares = ([getattr(line, way) for line in days.values()] for way in ("score", "share"))
    heads = (_("Mean score"), _("Without issues"))
    line = {"type": "line", "symbolSize": 6, "smooth": 0.25}
    option = {
        "grid": {"left": 40, "right": 16, "top": 36, "bottom": 28},
        "legend": {"top": 0, "right": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": names},
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value}%"}},
        "series": [{**line, "name": head, "data": data} for head, data in zip(heads, (scores, shares), strict=True)],
    }
    table = {"columns": [_("Day"), *heads], "rows": [list(row) for row in zip(names, scores, shares, strict=True)]}
    return {"option": option, "table": table}


@bp.post("/<key>/counts")
@policy.signed_in
def count(key: str) -> Response:
    """Count anew, in the background."""
    me = screens.me()
    figures.noun_of(key, me)
    with transaction():
        rules.quality.totals.ask(me)
    screens.tell(_("The figures are being counted; look again in a minute."))
    return to(url_for("quality.board", key=key))


@bp.post("/<key>/export")
@policy.requires("export")
def export(key: str) -> Response:
    """The table of the board as a workbook; that it is taken out is written down."""
    me = screens.me()
    noun = figures.noun_of(key, me)
    if not policy.can(me, "export", noun.on):
        raise Forbidden
    found = figures.Figures(noun, me, request.form.get("office", type=int))
    heads = [str(label) for label, _model in figures.BY.values()]
    names = {by: figures.names_of(by, {getattr(line, by) for line in found.lines}) for by in figures.BY}
    table: list[list[Any]] = [
        [*heads, _("Records"), _("Mean score"), _("Without issues"), *(str(one.label) for one in found.issues)]
    ]
    for line in found.lines:
        who = [names[by].get(getattr(line, by)) or "" for by in figures.BY]
        numbers = [line.records, line.score, line.flawless, *(line.issues[one.key] for one in found.issues)]
        table.append([*who, *numbers])
    return attachments.attached(boards.as_xlsx(noun.on, me, table), f"quality-{key}-{clock.today():%Y%m%d}.xlsx")
