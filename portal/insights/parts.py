"""The sections of a report document, filled with what its reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from portal import records
from portal.errors import Forbidden, Invalid
from portal.insights import drawing, measures, sources, tables
from portal.insights.charts import Chart
from portal.insights.lens import Lens
from portal.insights.lens import entity as entity_of
from portal.insights.measures import Measure
from portal.insights.tables import Table

Section = Any  # a section of the release's report document


@dataclass(frozen=True)
class Part:
    """One section, ready to be printed: `kind` names the template that does it."""

    kind: str
    title: str
    note: str = ""
    text: str = ""
    table: Table | None = None
    chart: Chart | None = None
    figures: Sequence[tuple[str, str]] = field(default=())


def fill(section: Section, lens: Lens, number: int) -> Part:
    """Look up what the section asks for; what the reader may not see at all is said in a sentence."""
    title, note = str(section.title or ""), str(section.note or "")
    try:
        note = " ".join([*([note] if note else []), *_incomplete(section, lens)])
        return Part(section.kind, title, note, str(section.text or ""), **_content(section, lens, number))
    except (Forbidden, Invalid):  # by what is measured, or by what it is narrowed to
        return Part("text", title, note, _("Your role does not show these figures."))


def _incomplete(section: Section, lens: Lens) -> list[str]:
    """What a table or chart leaves out while fields of it are being opened."""
    if section.entity is None:
        return []
    by = [*section.sort, *([section.by] if isinstance(section.by, str) else [])]
    return [str(one) for one in records.opening.concerned(entity_of(section.entity), lens.person, section.when, by)]


def _content(section: Section, lens: Lens, number: int) -> dict[str, Any]:
    makers = {"figures": _figures, "table": _table, "chart": _chart}
    return makers[section.kind](section, lens, number) if section.kind in makers else {}


def measure_of(noun: Section, entity: str) -> Measure:
    """Read `value: {sum: amount}` of a section or figure."""
    how, key = next(iter((noun.value or {"count": True}).items()))
    return Measure(entity, how, key if isinstance(key, str) else None, noun.when, noun.within)


def _figures(section: Section, lens: Lens, number: int) -> dict[str, Any]:
    asked = [(str(figure.label), measure_of(figure, figure.entity)) for figure in section.figures]
    shown = [(label, text) for label, one in asked if (text := _figure(one, lens)) is not None]
    if not shown:
        raise Forbidden
    return {"figures": shown}


def _figure(measure: Measure, lens: Lens) -> str | None:
    """The number of one figure, or None where the reader may not know it; the others stay."""
    try:
        return drawing.text(measures.total(measure, lens), measure)
    except (Forbidden, Invalid):
        return None


def _table(section: Section, lens: Lens, number: int) -> dict[str, Any]:
    if section.entity is None:
        return {"table": sources.table(section.source or "", lens)}
    measure = Measure(section.entity, when=section.when, within=section.within)
    table = tables.of_records(section.columns, lens, measure=measure, sort=section.sort, limit=section.limit)
    return {"table": table}


def _chart(section: Section, lens: Lens, number: int) -> dict[str, Any]:
    assert section.entity is not None, "the checks of the schema ask for it"
    measure, by = measure_of(section, section.entity), section.by
    labels = entity_of(section.entity).fields
    value = str(labels[measure.field].label) if measure.field else str(entity_of(section.entity).plural)
    if isinstance(by, dict):
        unit, within = next(iter(by.items()))
        timed = Measure(measure.entity, measure.how, measure.field, measure.when, within)
        assert lens.period is not None, "a report always has a period"
        _unit, slices = measures.along(timed, unit, lens.period, lens)
        draw: str = section.draw or "bar"
        heads = (_("Period"), value)
    else:
        slices = drawing.largest(measures.split(measure, by or "owner", lens))
        draw = "row" if section.draw != "pie" else "pie"
        heads = (str(labels[by or "owner"].label), value)
    chart = drawing.chart(f"chart-{number}", str(section.title or ""), slices, measure, draw=draw, heads=heads)
    return {"chart": chart}
