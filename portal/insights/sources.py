"""Tables that are not lists of records: the tiers with their care, and the effect of campaigns."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.insights import measures
from portal.insights.lens import Lens
from portal.insights.measures import Measure
from portal.insights.tables import Column, Table, column, of_rows
from portal.schema import current

CAMPAIGNS = (
    column("name", _l("Campaign")),
    column("sent_on", _l("Sent on"), "date"),
    column("channel", _l("Channel")),
    column("reach", _l("Reach"), "integer"),
    column("open_rate", _l("Open rate"), "percent"),
    column("click_rate", _l("Click rate"), "percent"),
    column("converted", _l("Conversions"), "integer"),
    column("rate", _l("Conversion rate"), "percent"),
    column("cost", _l("Cost"), "money"),
    column("roi", _l("ROI"), "decimal"),
)
TIERS = (
    column("label", _l("Tier")),
    column("criteria", _l("Criteria"), "long_text"),
    column("number", _l("Customers"), "integer"),
    column("share", _l("Share"), "percent"),
    column("target", _l("Planned share"), "percent"),
    column("strategy", _l("Core strategy"), "long_text"),
    column("owner", _l("Owner role")),
)
Rows = Sequence[Mapping[str, Any]]


def table(name: str, lens: Lens) -> Table:
    """Set the table of a named source; raises KeyError for a name that is none."""
    columns, rows = SOURCES[name]
    return of_rows(columns, rows(lens))


def share(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    """Part of the whole to a tenth of a percent, or None where there is no whole."""
    return None if part is None or not whole else (Decimal(part) / Decimal(whole)).quantize(Decimal("0.001"))


def campaigns(lens: Lens) -> Rows:
    """The campaigns another room tells of, with their rates; ROI is (revenue − cost) ÷ cost."""
    return [
        {
            **row,
            "open_rate": share(row["opened"], row["reach"]),
            "click_rate": share(row["clicked"], row["reach"]),
            "rate": share(row["converted"], row["reach"]),
            "roi": _roi(row),
        }
        for row in measures.provided("campaigns", lens)
    ]


def _roi(row: Mapping[str, Any]) -> Decimal | None:
    if row.get("revenue") is None or not row.get("cost"):
        return None
    revenue, cost = Decimal(row["revenue"]), Decimal(row["cost"])
    return ((revenue - cost) / cost).quantize(Decimal("0.1"))


def tiers(lens: Lens) -> Rows:
    """Every level of every tier ladder with its number of records, whatever the period."""
    catalog = current()
    rows: list[Mapping[str, Any]] = []
    for tier in catalog.tiers.values():
        found = {part.key: int(part.value) for part in measures.split(Measure(tier.on), tier.field, lens)}
        everybody = sum(found.values())
        for key, level in tier.levels.items():
            role = catalog.roles.get(level.owner_role) if level.owner_role else None
            rows.append(
                {
                    "label": str(level.label),
                    "criteria": level.when.sentence() if level.when else str(_l("everybody else")),
                    "number": found.get(key, 0),
                    "share": share(found.get(key, 0), everybody),
                    "target": level.share,
                    "strategy": str(level.strategy or ""),
                    "owner": str(role.label) if role else "",
                }
            )
    return rows


SOURCES: dict[str, tuple[Sequence[Column], Callable[[Lens], Rows]]] = {
    "campaigns": (CAMPAIGNS, campaigns),
    "tiers": (TIERS, tiers),
}
