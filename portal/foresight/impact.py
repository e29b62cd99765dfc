"""The whole look at a draft, as a job: row counts, records that break a rule, moves between tiers, runs that begin.

The result holds numbers and ids only, never values; the page names what the asker may see.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from portal import clock, jobs, schema
from portal.foresight import breaks, effects, flows
from portal.jobs import Job, Work
from portal.schema import releases
from portal.schema.releases import Plan
from portal.security import Actor

KIND = "foresight.look"
GROUPS = ("office", "owner")
Edits = Mapping[str, str | None]


def ask(base: int, edits: Edits, by: Actor) -> Job:
    """Ask for a look at a draft as it is now."""
    return jobs.enqueue(KIND, {"base": base, "edits": dict(edits)}, by=by)


def documents(job: Job) -> dict[str, str]:
    """Return the documents that the job looks at."""
    merged = {**releases.documents(job.arguments["base"]), **job.arguments["edits"]}
    return {path: text for path, text in merged.items() if text is not None}


def look(work: Work) -> dict[str, Any]:
    """Look, step by step, and write nothing but the progress."""
    _result, plan = releases.preview(documents(work.job))
    if plan is None:
        return {"errors": True}
    parts: dict[str, list[Any]] = {"effects": [], "breaks": [], "tiers": [], "flows": []}
    steps = list(_steps(plan))
    for done, (name, step) in enumerate(steps):
        found = step(partial(work.advance, done, len(steps)))
        parts[name] += [found] if found is not None else []
        work.advance(done + 1, len(steps))
    return {"release": schema.current().release, "at": clock.now().isoformat(), **parts}


def _steps(plan: Plan) -> Iterator[tuple[str, Any]]:
    for change in plan.changes:
        yield "effects", lambda _tick, change=change: effects.effect_of(change, plan).rows
    for test in breaks.tests(plan):
        yield "breaks", lambda tick, test=test: _broken(test, tick)
    for key, _tier in effects.changed_tiers(plan):
        yield "tiers", lambda _tick, key=key: _moves(key, plan)
    for key in flows.changed(plan):
        yield "flows", lambda _tick, key=key: flows.look(plan, key)


def _broken(test: breaks.Test, tick: Callable[[], object]) -> dict[str, Any] | None:
    found = breaks.look(test, tick)
    return asdict(found) if found.number else None


def _moves(key: str, plan: Plan) -> dict[str, Any]:
    """Count from level to level, in all and by office and owner (moves only, the largest groups first).

    `grace` holds those of the moves that would not come at once, but when the grace of the tier is over.
    """
    tier, found = plan.new.tiers[key], effects.moves_of(plan, key)
    told: dict[str, Any] = {"tier": key, "all": _summed(found), "grace": _summed([one for one in found if one.waits])}
    told["anew"] = [metric.key for metric in effects.figures_of(plan, tier)]
    for by in GROUPS:
        groups: dict[Any, list[Any]] = {}
        for move in effects.moves_of(plan, key, by=by):
            if move.before != move.after:
                groups.setdefault(move.group, []).append(move)
        ranked = sorted(groups.items(), key=lambda pair: -sum(move.number for move in pair[1]))
        told[by] = [[group, _summed(moves)] for group, moves in ranked[:50]]
    return told


def _summed(moves: Iterable[Any]) -> list[list[Any]]:
    numbers: Counter[tuple[str | None, str | None]] = Counter()
    for move in moves:
        numbers[move.before, move.after] += move.number
    return [[before, after, number] for (before, after), number in numbers.items()]
