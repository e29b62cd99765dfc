"""A chart is one ECharts option, built once: the page draws it, the PDF takes it as SVG, a table says the same."""

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from portal.insights import fonts

SCRIPT = Path(__file__).parent.parent / "static" / "vendor" / "echarts" / "echarts.min.js"
PALETTE = ("#128079", "#d99a1d", "#3f7fd0", "#c2553b", "#7a5bb5", "#5f9e4a", "#b0477d", "#7b8a8f")
INK, QUIET, LINE = "#17252b", "#5f6f75", "#e2e6e3"
Option = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """An option with its title and its table twin (rows of shown texts under `heads`)."""

    key: str
    title: str
    option: Option
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    height: int = 280
    links: Mapping[str, str] = field(default_factory=dict)

    def svg(self, width: int = 680) -> str:
        """Draw the chart as one inline SVG, `width` CSS pixels wide."""
        return svg(self.option, width, self.height)

    @property
    def json(self) -> str:
        return json.dumps(self.option, ensure_ascii=False)


@dataclass(frozen=True)
class Series:
    """One named row of numbers along the categories of a chart."""

    name: str
    values: Sequence[Decimal | int | float | None]


_AXIS: Option = {
    "axisLine": {"lineStyle": {"color": LINE}},
    "axisTick": {"show": False},
    "axisLabel": {"color": QUIET},
    "nameTextStyle": {"color": QUIET},
    "splitLine": {"lineStyle": {"color": LINE}},
}
HUES = {  # what a colour of an option is in a chart, on light ground and on dark
    "blue": "#3f7fd0",
    "azure": "#4a9bd9",
    "indigo": "#5b6fd6",
    "purple": "#8a5fc8",
    "pink": "#b0477d",
    "red": "#c94b4b",
    "orange": "#dd8434",
    "yellow": "#d9a91d",
    "lime": "#8bab3a",
    "green": "#3d9a55",
    "teal": "#128079",
    "cyan": "#2a9fb5",
    "gray": "#93a0a6",
}
THEME: Option = {  # of the paper; a page brings its own, in light and dark, so options name no colours
    "color": list(PALETTE),
    "textStyle": {"fontFamily": "Kehu Sans", "color": INK, "fontSize": 12},
    "legend": {"textStyle": {"color": INK}},
    "categoryAxis": _AXIS,
    "valueAxis": _AXIS,
    "pie": {"label": {"color": INK}, "labelLine": {"lineStyle": {"color": LINE}}},
    "bar": {"label": {"color": QUIET}},
}


def _base() -> Option:
    return {
        "animation": False,
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 12, "containLabel": True},
        "legend": {"top": 0, "right": 0, "itemWidth": 10, "itemHeight": 10, "icon": "roundRect", "itemGap": 18},
        "tooltip": {"trigger": "axis", "confine": True},
    }


def _numbers(values: Sequence[Decimal | int | float | None]) -> list[float | None]:
    return [None if value is None else float(value) for value in values]


def _axes(categories: Sequence[str], unit: str) -> Option:
    category = {"type": "category", "data": list(categories), "axisLabel": {"hideOverlap": True}}
    value = {"type": "value", "name": unit, "nameTextStyle": {"align": "left"}, "minInterval": 1}
    return {"xAxis": category, "yAxis": value}


def bars(categories: Sequence[str], series: Sequence[Series], *, unit: str = "", stacked: bool = False) -> Option:
    """Upright bars, one group for each category."""
    body: Option = {"type": "bar", "barMaxWidth": 28, "itemStyle": {"borderRadius": 0 if stacked else [3, 3, 0, 0]}}
    if stacked:
        body["stack"] = "all"
    drawn = [{**body, "name": one.name, "data": _numbers(one.values)} for one in series]
    return {**_base(), **_axes(categories, unit), "series": drawn}


def rows(categories: Sequence[str], series: Sequence[Series], *, unit: str = "") -> Option:
    """Lying bars with their value at the end, first category on top."""
    option = bars(categories, series, unit=unit)
    option["grid"] = {**option["grid"], "left": 22, "right": 34}  # names come out wider than measured
    option["xAxis"], option["yAxis"] = {**option["yAxis"], "name": ""}, {**option["xAxis"], "inverse": True}
    for one in option["series"]:
        one["itemStyle"] = {"borderRadius": [0, 3, 3, 0]}
        one["label"] = {"show": True, "position": "right"}
    return option


def lines(categories: Sequence[str], series: Sequence[Series], *, unit: str = "") -> Option:
    """Lines along time; the first has a soft ground."""
    body = {"type": "line", "symbolSize": 6, "lineStyle": {"width": 2.5}, "smooth": 0.25}
    drawn: list[Option] = [{**body, "name": one.name, "data": _numbers(one.values)} for one in series]
    if drawn:
        drawn[0]["areaStyle"] = {"opacity": 0.08}
    return {**_base(), **_axes(categories, unit), "series": drawn}


def hues(colours: Sequence[str]) -> list[str]:
    """The colours of parts that each have one of their own; none where two would look the same."""
    found = [HUES[colour] for colour in colours if colour in HUES]
    return found if len({*found}) == len(colours) else []


def ring(categories: Sequence[str], values: Sequence[Decimal | int | float], *, colours: Sequence[str] = ()) -> Option:
    """Shares of a whole as a ring with names and percentages around it."""
    data: list[Option] = [{"name": name, "value": float(value)} for name, value in zip(categories, values, strict=True)]
    for one, colour in zip(data, colours, strict=False):
        one["itemStyle"] = {"color": colour}
    label = {"formatter": "{b}\n{d}%", "overflow": "none", "lineHeight": 16}
    line = {"length": 14, "length2": 8}
    body = {"type": "pie", "radius": ["40%", "64%"], "center": ["50%", "50%"], "padAngle": 1, "label": label}
    option = {**_base(), "series": [{**body, "data": data, "labelLine": line}]}
    option["legend"] = {"show": False}
    option["tooltip"] = {"trigger": "item", "confine": True}
    return option


_lock = threading.Lock()


@cache
def _engine() -> Any:
    from py_mini_racer import MiniRacer  # of whoever draws: a web process leaves that to the browser

    engine = MiniRacer()
    engine.eval("var window=undefined,setTimeout=function(){},clearTimeout=function(){};")
    engine.eval(SCRIPT.read_text(encoding="utf-8"))
    engine.eval(
        "function draw(option,theme,width,height){"
        "var c=echarts.init(null,theme,{renderer:'svg',ssr:true,width:width,height:height});"
        "c.setOption(option);var s=c.renderToSVGString();c.dispose();return s;}"
    )
    return engine


_TEXT_TAG = re.compile(r"<text\b[^>]*>")
_STROKE = re.compile(r'\s(?:stroke|stroke-width|paint-order)="[^"]*"|(?:paint-order|stroke-width|stroke):[^;"]*;?')


def svg(option: Option, width: int, height: int) -> str:
    """Draw the option without a browser; text keeps no outline, for WeasyPrint paints it over the letters."""
    with _lock:
        drawn = str(_engine().call("draw", option, THEME, width, height))
    drawn = _TEXT_TAG.sub(lambda tag: _STROKE.sub("", tag[0]), drawn)
    family = fonts.FAMILY.replace('"', "'")
    return drawn.replace("<svg ", f'<svg font-family="{family}" ', 1)
