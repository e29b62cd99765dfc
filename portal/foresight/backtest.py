"""What a rule, in force or drafted, would have said in the last months: of tiers, of scores, of workflows.

`past` says what the records were like then and names the fields history cannot tell. Nothing is written.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from portal import clock, jobs, rules, schema
from portal.events import Event
from portal.extensions import db
from portal.foresight import starts
from portal.foresight.questions import Band, Level, Start
from portal.jobs import Job, Work
from portal.rules import scope
from portal.rules.workflows import WorkflowRun
from portal.schema import Catalog, releases
from portal.security import Actor

KIND = "foresight.backtest"
KINDS: dict[str, Any] = {"tiers": Level, "scoring": Band, "workflows": Start}
MOST_MONTHS = 36
LISTED = 30  # moves named by record
Sides = Mapping[str, Any]  # "now" and "draft" → a question


def ask(kind: str, key: str, months: int, base: int, edits: Mapping[str, str | None], by: Actor) -> Job:
    """Ask for the test of a rule, as it is in force and as the draft has it."""
    arguments = {"kind": kind, "key": key, "months": max(1, min(months, MOST_MONTHS))}
    return jobs.enqueue(KIND, {**arguments, "base": base, "edits": dict(edits)}, by=by)


def run(work: Work) -> dict[str, Any]:
    """Go through the months, the oldest first; the result holds numbers and ids only."""
    told = work.arguments
    sides = {side: KINDS[told["kind"]](*given) for side, given in _compared(told).items()}
    ends = month_ends(clock.today(), told["months"])
    found = (_starts if told["kind"] == "workflows" else _levels)(sides, ends, work) if sides else {"rules": {}}
    for side, question in sides.items():
        past = question.past
        found["rules"][side] |= {"rebuilt": past.rebuilt, "history": past.history, "today": past.today}
    return {"ends": [end.isoformat() for end in ends], **found, "kept": kept(told["kind"], told["key"], ends)}


def _compared(told: Mapping[str, Any]) -> dict[str, tuple[Catalog, Any]]:
    """Return the rule in force and, where the draft has it otherwise, the draft's."""
    merged = {**releases.documents(told["base"]), **told["edits"]}
    _result, plan = releases.preview({path: text for path, text in merged.items() if text is not None})
    known = schema.current().entities
    sides = {"now": schema.current(), **({"draft": plan.new} if plan else {})}
    found = {side: (catalog, catalog.kind(told["kind"]).get(told["key"])) for side, catalog in sides.items()}
    return {side: (catalog, noun) for side, (catalog, noun) in found.items() if noun is not None and noun.on in known}


def month_ends(today: date, months: int) -> list[date]:
    """Return the last days of the months before this one, the oldest first, and today."""
    ends, day = [today], today
    for _ in range(months):
        day = day.replace(day=1) - timedelta(days=1)
        ends.append(day)
    return ends[::-1]


class Tally:
    """Levels and moves of one rule, gathered range by range and month by month."""

    def __init__(self, ends: int) -> None:
        self.levels: list[Counter[Any]] = [Counter() for _ in range(ends)]
        self.moves: list[Counter[Any]] = [Counter() for _ in range(ends)]
        self.who: list[list[Any]] = []
        self.before: dict[int, Any] = {}

    def note(self, number: int, answers: dict[int, Any]) -> None:
        """Add the answers of one month for a range of records."""
        self.levels[number].update(answers.values())
        for id_, level in answers.items() if number else ():
            old = self.before.get(id_)
            if old != level:
                self.moves[number][old, level] += 1
                if len(self.who) < LISTED:
                    self.who.append([number, id_, old, level])
        self.before = answers

    def told(self) -> dict[str, Any]:
        """Return what was gathered, as JSON."""
        levels = [[[level, count] for level, count in sorted(month.items(), key=str)] for month in self.levels]
        moves = [[[*pair, count] for pair, count in sorted(month.items(), key=str)] for month in self.moves[1:]]
        return {"levels": levels, "moves": moves, "who": self.who}


def _levels(sides: Sides, ends: list[date], work: Work) -> dict[str, Any]:
    tallies = {side: Tally(len(ends)) for side in sides}
    differ, between = [0] * len(ends), Counter[tuple[Any, Any]]()
    scopes = list(scope.ranges(next(iter(sides.values())).past.table))
    for place, reach in enumerate(scopes):
        for number, end in enumerate(ends):
            now = moment_of(end)
            answers = {side: dict(one.past.answers(reach, now, one)) for side, one in sides.items()}
            for side, found in answers.items():
                tallies[side].note(number, found)
            if len(answers) > 1:
                pairs = Counter((level, answers["draft"].get(id_)) for id_, level in answers["now"].items())
                differ[number] += sum(count for (old, new), count in pairs.items() if old != new)
                between += pairs if end == ends[-1] else Counter()
            work.advance(place * len(ends) + number + 1, len(ends) * len(scopes))
    told = {side: tally.told() for side, tally in tallies.items()}
    return {"rules": told, "differ": differ, "between": [[*pair, count] for pair, count in between.items()]}


def _starts(sides: Sides, ends: list[date], work: Work) -> dict[str, Any]:
    moments, told = [moment_of(end) for end in ends], {}
    scopes = list(scope.ranges(next(iter(sides.values())).past.table))
    for place, (side, start) in enumerate(sides.items()):
        counts, who = [0] * len(ends), list[list[Any]]()
        for number, reach in enumerate(scopes):
            for moment, id_ in starts.begun(start, reach, ends[0], ends[-1]):
                counts[min(bisect_left(moments, moment), len(ends) - 1)] += 1
                who += [[moment.isoformat(), id_]] if len(who) < LISTED else []
            work.advance(place * len(scopes) + number + 1, len(sides) * len(scopes))
        told[side] = {"starts": counts[1:], "who": who}
    return {"rules": told}


def kept(kind: str, key: str, ends: list[date]) -> list[int]:
    """Return how many moves or runs there really were after each end, up to the next."""
    move, run_ = rules.tiers.TierMove, WorkflowRun
    at, where = {
        "tiers": (move.at, sa.and_(move.tier == key, move.before.is_not(None))),
        "scoring": (Event.at, sa.and_(Event.kind == "score.moved", Event.data["scoring"].as_string() == key)),
        "workflows": (run_.started_at, run_.workflow == key),
    }[kind]
    counted = []
    for first, last in pairwise(ends):
        query = sa.select(sa.func.count()).where(where, at > moment_of(first), at <= moment_of(last))
        counted.append(db.session.scalar(query) or 0)
    return counted


def moment_of(day: date) -> datetime:
    """The end of a day in the portal's zone."""
    return datetime.combine(day, time.max, clock.zone()).astimezone(UTC)
