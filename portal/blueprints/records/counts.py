"""The records of a list counted by one of their fields: a chart whose bars lead to them, and the table that says it."""

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from portal import insights
from portal.blueprints import screens
from portal.blueprints.records import saved
from portal.blueprints.records.blueprint import bp
from portal.blueprints.records.filters import offers
from portal.blueprints.records.state import PREFIX, ListState
from portal.errors import NotFound
from portal.fields import Field
from portal.schema import Entity
from portal.security import policy

Measure, Slice = insights.measures.Measure, insights.measures.Slice
MOST = 200  # parts in the table


@dataclass(frozen=True)
class Part:
    """Those of one group: its name, how many, their share of all in percent, and the list of them."""

    label: str
    number: int
    percent: float
    href: str


@bp.get("/<entity:entity>/counts")
@policy.requires_entity("view")
def counts(entity: Entity) -> str:
    """How many there are by the field that `by=region` names, within the filters of the list."""
    state = saved.opened(entity, screens.me(), request.args)
    fields = countable(state)
    if not fields:
        raise NotFound
    field = next((one for one in fields if one.key == request.args.get("by")), fields[0])
    parts, total = _parts(state, field)
    template = "records/counted.html" if screens.is_piece("counted") else "records/counts.html"
    return render_template(
        template,
        entity=entity,
        state=state,
        field=field,
        fields=fields,
        parts=parts[:MOST],
        total=total,
        option=_option(state, field, parts),
        views=saved.offered(entity, screens.me()),
        shown_as="counts",
        can_create=policy.can(screens.me(), "create", entity.key),
    )


def countable(state: ListState) -> list[Field]:
    """The fields that records may be counted by, those of the list's filters first."""
    return [field for field in offers(state) if field.type.grouped_by is not None]


def _parts(state: ListState, field: Field) -> tuple[list[Part], int]:
    lens, measure = insights.lens.Lens(state.person), Measure(state.entity.key, when=state.condition)
    total = int(insights.measures.total(measure, lens))
    slices = insights.measures.split(measure, field.key, lens)
    rest = total - sum(int(one.value) for one in slices)
    if rest:
        slices.append(Slice(None, _("Without one"), rest))
    return [
        Part(one.label, int(one.value), round(100 * int(one.value) / total, 1), _list(state, field, one.key))
        for one in slices
        if one.value
    ], total


def _list(state: ListState, field: Field, key: Any) -> str:
    test = "empty:true" if key is None else f"{field.type.grouped_by}:{key}"
    return url_for("records.index", entity=state.entity, **_within(state, {PREFIX + field.key: [test]}))  # type: ignore[arg-type]


def _within(state: ListState, more: dict[str, list[str]]) -> dict[str, list[str]]:
    """The filters of the list with one more; words are left out, for they are not counted by."""
    kept = {name: values for name, values in state.asked().items() if name.startswith(PREFIX)}
    return {name: [*kept.get(name, []), *more.get(name, [])] for name in {**kept, **more}}


def _option(state: ListState, field: Field, parts: list[Part]) -> dict[str, Any]:
    """The chart of the largest parts; each bar knows where it leads."""
    slices = insights.drawing.largest([Slice(part.href, part.label, part.number) for part in parts])
    measure = Measure(state.entity.key)
    heads = (str(field.label), str(state.entity.plural))
    option = insights.drawing.chart("counts", "", slices, measure, draw="row", heads=heads).option
    option["series"][0]["data"] = [{"value": int(one.value), "href": one.key or ""} for one in slices]
    option["legend"], option["grid"] = {"show": False}, {**option["grid"], "top": 4}
    return option
