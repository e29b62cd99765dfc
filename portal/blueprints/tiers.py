"""Tier pages: the criteria of each level, its number and share against the target, strategy, owner, moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal import records, rules, schema
from portal.errors import NotFound
from portal.security import policy

bp = Blueprint("tiers", __name__, url_prefix="/tiers")
COLOURS = {
    "blue": "#2f6fdb", "azure": "#3f8fe0", "indigo": "#5560d6", "purple": "#8a4fc8",
    "pink": "#c84f94", "red": "#cc4444", "orange": "#dd7a2a", "yellow": "#d9a21d",
    "lime": "#82a82a", "green": "#3d9a55", "teal": "#1b8f86", "cyan": "#2a9ab0",
}  # fmt: skip
GREY = "#8b98a0"
INK = "#5f6f75"  # of the mark that stands for bars of several colours


@dataclass(frozen=True)
class Line:
    """One level as the page shows it; shares in per cent."""

    figure: Any
    percent: float
    target: float | None
    href: str
    owner_role: Any

    @property
    def drift(self) -> float | None:
        """Percentage points above (below) the target."""
        return None if self.target is None else round(self.percent - self.target, 1)


@bp.get("/")
@policy.signed_in
def index() -> str:
    """The first tier the person may see."""
    tiers = _visible()
    return tier(tiers[0].key) if tiers else render_template("tiers/none.html")


@bp.get("/<key>")
@policy.signed_in
def tier(key: str) -> str:
    """One tier."""
    tiers = _visible()
    noun = next((tier for tier in tiers if tier.key == key), None)
    if noun is None:
        raise NotFound
    figures = rules.tier_view.figures(noun, current_user)
    lines = [_line(noun, figure) for figure in figures]
    return render_template(
        "tiers/tier.html",
        tier=noun,
        tiers=tiers,
        lines=lines,
        entity=schema.current().entities[noun.on],
        total=sum(figure.number for figure in figures),
        chart=_chart(lines),
        table=_table(lines),
        moves=_moves(noun),
    )


def _visible() -> list[Any]:
    """The tiers on entities and fields that the person may read."""
    entities = schema.current().entities
    known = [tier for tier in schema.current().tiers.values() if policy.can(current_user, "view", tier.on)]
    return [t for t in known if records.reading.may_read(current_user, entities[t.on].fields[t.field])]


def _line(noun: Any, figure: Any) -> Line:
    arguments: dict[str, Any] = {f"f.{noun.field}": f"eq:{figure.key}"}
    href = url_for("records.index", entity=schema.current().entities[noun.on], **arguments)
    target = None if figure.level.share is None else float(figure.level.share * 100)
    role = schema.current().roles.get(figure.level.owner_role or "")
    return Line(figure, round(float(figure.share * 100), 1), target, href, role.label if role else None)


def _chart(lines: Sequence[Line]) -> dict[str, Any]:
    """The option of the bar chart: share beside target for each level."""
    shares = [
        {"value": line.percent, "href": line.href, "itemStyle": {"color": COLOURS.get(line.figure.level.colour, GREY)}}
        for line in lines
    ]
    bar = {"type": "bar", "barMaxWidth": 44, "label": {"show": True, "position": "top", "formatter": "{c}%"}}
    target = {**bar, "itemStyle": {"color": "rgba(139, 152, 160, 0.42)"}, "data": [line.target for line in lines]}
    names = [{"name": _("Share"), "itemStyle": {"color": INK}}, {"name": _("Target share")}]
    return {
        "grid": {"left": 44, "right": 12, "top": 36, "bottom": 28},
        "legend": {"top": 0, "right": 0, "data": names},
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "xAxis": {"type": "category", "data": [str(line.figure.level.label) for line in lines]},
        "yAxis": {"type": "value", "axisLabel": {"formatter": "{value}%"}},
        "series": [{**bar, "name": _("Share"), "data": shares}, {**target, "name": _("Target share")}],
    }


def _table(lines: Sequence[Line]) -> dict[str, Any]:
    rows = [
        [
            line.figure.level.label,
            line.figure.number,
            f"{line.percent}%",
            "" if line.target is None else f"{line.target:g}%",
        ]
        for line in lines
    ]
    return {"columns": [_("Level"), _("Number"), _("Share"), _("Target share")], "rows": rows}


def _moves(noun: Any) -> list[dict[str, Any]]:
    """The newest moves between levels, of records the person may see."""
    found = rules.tier_view.newest_moves(noun, current_user)
    labels = records.links.called({(noun.on, move.record_id) for move in found}, current_user)
    return [{"move": move, "name": labels.get((noun.on, move.record_id), f"#{move.record_id}")} for move in found]
