"""When a workflow would have begun in past months: day by day for one of the clock, event by event for the others.

How long a run would have been open nobody knows. A record that meets the condition day after day begins once, until
it has failed to or `again_after` is over; of events within `again_after` the first counts.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from portal import clock, rules
from portal.events import Event
from portal.extensions import db
from portal.foresight.past import taken_back
from portal.foresight.questions import Start
from portal.rules import scope as scopes

Begun = tuple[datetime, int]  # when, on which record
DAY = timedelta(days=1)


def days(first: date, last: date) -> list[date]:
    """Return the days after one up to another."""
    return [first + DAY * number for number in range(1, (last - first).days + 1)]


def begun(start: Start, scope: scopes.Scope, first: date, last: date) -> Iterator[Begun]:
    """Yield the runs that would have begun on records in scope, the oldest first."""
    if not start.noun.active:
        return
    known: dict[int, datetime] = {}
    rest = start.noun.again_after
    for moment, ids, is_new in (_by_clock if start.noun.trigger.daily else _by_event)(start, scope, first, last):
        for id_ in ids:
            before = known.get(id_)
            if is_new(id_) if rest is None else before is None or moment - before >= rest:
                known[id_] = moment
                yield moment, id_


def _by_clock(start: Start, scope: scopes.Scope, first: date, last: date) -> Iterator[tuple[datetime, list[int], Any]]:
    met: set[int] = set()
    for day in days(first, last):
        moment = datetime.combine(day, start.noun.trigger.daily, clock.zone()).astimezone(UTC)
        if moment > clock.now():
            return
        now = {id_ for id_, is_met in start.past.answers(scope, moment, start) if is_met}
        yield moment, sorted(now), lambda id_, before=met: id_ not in before
        met = now


def _by_event(start: Start, scope: scopes.Scope, first: date, last: date) -> Iterator[tuple[datetime, list[int], Any]]:
    for day in days(first, last):
        since, until = (datetime.combine(one, time.max, clock.zone()).astimezone(UTC) for one in (day - DAY, day))
        told = [(event.at, _within(event, scope)) for event in _events(start, since, until)]
        ids = sorted({id_ for _at, some in told for id_ in some})
        for at in range(0, len(ids), 500):
            chunk = ids[at : at + 500]
            fit = _fitting(start, chunk, since, until, told)
            for moment, some in told:
                yield moment, [id_ for id_ in some if (moment, id_) in fit], lambda _id: True


def _events(start: Start, since: datetime, until: datetime) -> Iterator[Event]:
    """The events that set the workflow off, with the fields they speak of called as they are today."""
    flow, former = start.noun, start.past.former
    kinds = rules.triggers.CREATED if flow.trigger.event == "created" else rules.triggers.CHANGED
    within = sa.and_(Event.entity == flow.on, Event.kind.in_(kinds), Event.at > since, Event.at <= until)
    for event in db.session.scalars(sa.select(Event).where(within).order_by(Event.id)):
        words = {*event.data.get("changes", ()), *event.data.get("fields", ())}
        changed = {former.key_at(word, event.at) for word in words}
        if rules.triggers.sets_off(flow.trigger, event.kind, changed):
            yield event


def _within(event: Event, scope: scopes.Scope) -> list[int]:
    ids = event.data.get("ids") or [event.record_id]
    return [id_ for id_ in ids if id_ is not None and scope.first <= id_ <= scope.last]


def _fitting(
    start: Start, ids: list[int], since: datetime, until: datetime, told: list[tuple[datetime, list[int]]]
) -> set[Begun]:
    """Return the moments and records at which the condition was met, by the values of that moment."""
    lines, mine = start.past.lines(ids, since), set(ids)
    present = dict(start.past.present(ids, until, start))
    return {
        (moment, id_)
        for moment, some in told
        for id_ in some
        if id_ in mine and id_ in present
        if start.python({**present[id_], **taken_back(lines.get(id_, []), moment)}, moment)
    }
