"""Records on the days of a month."""

from calendar import Calendar
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from flask import render_template, request, url_for

from portal import clock, records
from portal.blueprints import screens
from portal.blueprints.records import saved
from portal.blueprints.records.blueprint import bp
from portal.blueprints.records.state import ListState
from portal.errors import NotFound
from portal.records import Record
from portal.schema import Entity, conditions
from portal.security import policy

MOST = 500  # records of one month
FEW = 6  # shown of one day before "more"


@bp.get("/<entity:entity>/month")
@policy.requires_entity("view")
def month(entity: Entity) -> str:
    """The month that `month=2026-11` names, with the filters of the list."""
    state = saved.opened(entity, screens.me(), request.args)
    field = state.readable.get(entity.list.calendar or "")
    if field is None:
        raise NotFound
    first = _first(request.args.get("month", ""))
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    found = _by_day(state, field.key, weeks[0][0], weeks[-1][-1])
    near = {"before": first - timedelta(days=1), "after": first + timedelta(days=31)}
    return render_template(
        "records/month.html",
        entity=entity,
        state=state,
        field=field,
        first=first,
        weeks=weeks,
        days=found,
        few=FEW,
        views=saved.offered(entity, screens.me()),
        shown_as="month",
        can_create=policy.can(screens.me(), "create", entity.key),
        **{name: _address(state, day) for name, day in near.items()},
        now=_address(state, clock.today()),
    )


def _first(asked: str) -> date:
    try:
        found = datetime.strptime(asked, "%Y-%m").date()  # noqa: DTZ007  # a month has no zone
        return found if 1900 < found.year < 2200 else clock.today().replace(day=1)
    except ValueError:
        return clock.today().replace(day=1)


def _address(state: ListState, day: date) -> str:
    return url_for("records.month", entity=state.entity, month=f"{day:%Y-%m}", **state.asked())  # type: ignore[arg-type]


def _by_day(state: ListState, key: str, start: date, end: date) -> dict[date, list[Record]]:
    span: Any = {key: {"between": [start.isoformat(), end.isoformat()]}}
    condition = conditions.All((state.condition, conditions.parse(span, state.entity)))
    columns = list(dict.fromkeys([state.entity.title, key, *(one.key for one in state.columns)]))
    page = records.search(
        state.entity.key, state.person, condition=condition, sort=(), limit=MOST, columns=columns, text=state.text
    )
    days: dict[date, list[Record]] = defaultdict(list)
    for record in page.records:
        value: Any = record.value(key)
        days[clock.to_zone(value).date() if isinstance(value, datetime) else value].append(record)
    return days
