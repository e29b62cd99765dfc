"""Charts: one option, drawn without a browser."""

import re
from decimal import Decimal

import pytest

from portal.insights import charts
from portal.insights.charts import Chart, Series

OPTIONS = {
    "bars": charts.bars(["一月", "二月"], [Series("销售额", [Decimal("12.5"), 7])], unit="万元"),
    "stacked": charts.bars(["一月"], [Series("甲", [1]), Series("乙", [2])], stacked=True),
    "rows": charts.rows(["张伟", "李娜"], [Series("跟进", [3, 4])]),
    "lines": charts.lines(["一月", "二月"], [Series("订单", [3, None])]),
    "ring": charts.ring(["VIP 客户", "普通客户"], [5, 95], colours=["#123456"]),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_drawn_as_vectors_with_our_font_and_no_outline_on_letters(name: str) -> None:
    drawn = charts.svg(OPTIONS[name], 600, 240)
    assert drawn.startswith("<svg font-family=\"'Kehu Sans'") and drawn.rstrip().endswith("</svg>")
    texts = re.findall(r"<text\b[^>]*>", drawn)
    assert texts
    assert not any("stroke" in tag or "paint-order" in tag for tag in texts)
    assert "<image" not in drawn and "http" not in drawn.replace("http://www.w3.org/", "")


def test_names_and_values_are_in_the_picture() -> None:
    drawn = charts.svg(OPTIONS["ring"], 400, 240)
    assert all(text in drawn for text in (">VIP 客户<", ">5%<", ">普通客户<", ">95%<", "#123456"))
    assert ">12.5<" not in charts.svg(OPTIONS["bars"], 600, 240)  # axis marks, not labels
    assert ">4<" in charts.svg(OPTIONS["rows"], 600, 240)


def test_markup_in_a_name_stays_text() -> None:
    drawn = charts.svg(charts.ring(["<script>alert(1)</script>", "b"], [1, 1]), 400, 240)
    assert "<script" not in drawn


def test_the_option_is_plain_json() -> None:
    chart = Chart("a", "标题", OPTIONS["bars"], ("月份", "销售额"), [["一月", "¥12.50"]])
    assert '"一月"' in chart.json
    assert chart.svg(500).count("<svg") == 1


@pytest.mark.parametrize(
    ("named", "drawn"),
    [
        (["purple", "gray"], [charts.HUES["purple"], charts.HUES["gray"]]),
        (["purple", "purple"], []),
        (["purple", "secondary"], []),
    ],
)
def test_parts_go_by_the_colours_of_their_options_where_each_has_its_own(named: list[str], drawn: list[str]) -> None:
    assert charts.hues(named) == drawn
