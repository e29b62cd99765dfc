"""From numbers to a chart: which shape, which unit, and the table that says the same."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from portal.fields import FIELD_TYPES
from portal.insights import charts
from portal.insights.charts import Chart, Series
from portal.insights.measures import Measure, Slice

LARGE = 100_000
HEIGHTS = {"pie": 220}
MOST_PARTS = 12


def chart(
    key: str, title: str, slices: Sequence[Slice], measure: Measure, *, draw: str, heads: tuple[str, str]
) -> Chart:
    """Draw slices as `bar`, `line` or `pie`; `row` is a bar that lies, for names."""
    factor, unit = scale(slices, measure)
    names = [part.label for part in slices]
    values = [part.value / factor if factor > 1 else part.value for part in slices]
    series = [Series(heads[1], values)]
    shapes: dict[str, Any] = {
        "bar": lambda: charts.bars(names, series, unit=unit),
        "line": lambda: charts.lines(names, series, unit=unit),
        "row": lambda: charts.rows(names, series, unit=unit),
        "pie": lambda: charts.ring(names, values, colours=charts.hues([part.colour for part in slices])),
    }
    rows = [[part.label, text(part.value, measure)] for part in slices]
    height = 48 + 26 * max(4, len(slices)) if draw == "row" else HEIGHTS.get(draw, 250)
    return Chart(key, title, shapes[draw](), heads, rows, height)


def text(value: Decimal | int, measure: Measure) -> str:
    """The number as its field shows it."""
    return (measure.kind or FIELD_TYPES["integer"]()).text(value)


def scale(slices: Sequence[Slice], measure: Measure) -> tuple[int, str]:
    """What the axis divides by and its unit; large numbers go by ten thousands in Chinese, by thousands in English."""
    if measure.kind is None:
        return 1, ""
    locale = get_locale()
    is_large = any(part.value >= LARGE or part.value <= -LARGE for part in slices)
    if locale is not None and locale.language == "en":
        return (1000, _("thousand CNY")) if is_large else (1, _("CNY"))
    return (10_000, _("thousand CNY")) if is_large else (1, _("CNY"))


def largest(slices: Sequence[Slice]) -> list[Slice]:
    """At most twelve parts; the rest is one, so a chart stays readable and still sums up."""
    if len(slices) <= MOST_PARTS:
        return list(slices)
    rest = slices[MOST_PARTS - 1 :]
    return [*slices[: MOST_PARTS - 1], Slice(None, _("Others"), sum((part.value for part in rest), Decimal(0)))]
