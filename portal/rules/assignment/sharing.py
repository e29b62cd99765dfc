"""Give new records to people: in turn or to the least load, fair also when many records come at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal import schema
from portal.events import Event
from portal.extensions import db
from portal.records import Record, fetch, tables
from portal.rules.assignment import owners, skills
from portal.rules.assignment.models import AssignmentTurn
from portal.rules.prepared import prepared
from portal.rules.scope import FEW
from portal.security import SYSTEM, Person, Team
from portal.writing import insert

CHUNK = 500
HEAD = 0  # stands for nobody: the row that is locked


def hear(event: Event) -> None:
    """Listen *with* new records: give those away that an assignment takes."""
    if event.kind not in ("record.created", "records.created"):
        return
    ids = event.data.get("ids") or [event.record_id]
    for noun in schema.current().assignment.values():
        if noun.on == event.entity:
            for start in range(0, len(ids), CHUNK):
                share(noun, ids[start : start + CHUNK])


def share(noun: Any, ids: Sequence[int]) -> int:
    """Give the records that an assignment takes to their people; return how many were given."""
    given = 0
    for id_, place in _places(noun, ids):
        record = fetch(noun.on, id_, SYSTEM)
        to = _chosen(noun, place, record)
        if to is not None:
            if record["owner"] != to:
                owners.tell_owner(owners.give(record, to, "rule"))
            given += 1
    return given


def _places(noun: Any, ids: Sequence[int]) -> Sequence[tuple[int, int]]:
    """Return (record, place of the first rule that fits); the place behind the last stands for `otherwise`."""
    asked = prepared(("places", noun.key), lambda catalog, now: _statement(catalog.assignment[noun.key], now))
    return [(row[0], row[1]) for row in db.session.execute(asked, {"ids": ids})]


def _statement(noun: Any, now: datetime) -> sa.Select[Any]:
    table, rest = tables.table_of(noun.on), len(noun.rules)
    whens = [
        (rule.when.where(table, now) if rule.when is not None else sa.true(), place)
        for place, rule in enumerate(noun.rules)
    ]
    place = sa.case(*whens, else_=rest) if whens else sa.literal(rest)
    rows = sa.select(table.c.id, place).where(FEW.where(table.c.id), table.c.archived_at.is_(None))
    if noun.takes == "unowned":
        # A function, lest PostgreSQL goes through the whole pool by the index of owners to find these few in it.
        rows = rows.where(sa.func.coalesce(table.c.owner_id, 0) == 0)
    return rows.order_by(table.c.id)


def _chosen(noun: Any, place: int, record: Record) -> int | None:
    if place < len(noun.rules):
        rule = noun.rules[place]
        people = skills.among(candidates(rule.to, rule.team), record, rule.skill)
        found = _next(noun, place, people, rule.by)
        if found is None and rule.fallback:
            found = _next(noun, place, candidates(rule.fallback, None), rule.by)
        if found is not None:
            return found
    if noun.otherwise == "pool":
        return None
    return _next(noun, len(noun.rules), candidates(noun.otherwise, None), "turn")


def candidates(role: str, team: str | None) -> Sequence[int]:
    """Return the active people of a role, of one team where one is named."""
    people = sa.select(Person.id).where(Person.active, Person.roles.any(role_key=role)).order_by(Person.id)
    if team is not None:
        people = people.where(Person.team_id.in_(sa.select(Team.id).where(Team.key == team)))
    return db.session.scalars(people).all()


def _next(noun: Any, place: int, people: Sequence[int], by: str) -> int | None:
    """Return whose turn it is and note it; the lock is held until the record is committed."""
    if not people:
        return None
    rule, turn = f"{noun.key}:{place}", AssignmentTurn
    number = _lock(rule)
    had = sa.select(turn.person_id, turn.turn).where(turn.rule == rule, turn.person_id.in_(people))
    last = {row[0]: row[1] for row in db.session.execute(had)}
    load = _load(noun, people) if by == "load" else {}
    chosen = min(people, key=lambda one: (load.get(one, 0), last.get(one, -1), one))
    _write(rule, chosen, number)
    return chosen


def _lock(rule: str) -> int:
    """Take the next number of a rule; others wait until this transaction ends."""
    _write(rule, HEAD, 0, keeps=True)
    turn = AssignmentTurn
    risen = sa.update(turn).where(turn.rule == rule, turn.person_id == HEAD).values(turn=turn.turn + 1)
    number = db.session.scalar(risen.returning(turn.turn), execution_options={"synchronize_session": False})
    return int(number or 0)


def _write(rule: str, person: int, number: int, *, keeps: bool = False) -> None:
    made = insert(AssignmentTurn).values(rule=rule, person_id=person, turn=number)
    same = ["rule", "person_id"]
    if keeps:
        db.session.execute(made.on_conflict_do_nothing(index_elements=same))
    else:
        db.session.execute(made.on_conflict_do_update(index_elements=same, set_={"turn": number}))


def _load(noun: Any, people: Sequence[int]) -> dict[int, int]:
    """Return how many records each of the people has."""
    table = tables.table_of(noun.on)
    mine = sa.select(table.c.owner_id, sa.func.count()).where(table.c.owner_id.in_(people))
    rows = mine.where(table.c.archived_at.is_(None)).group_by(table.c.owner_id)
    return {row[0]: row[1] for row in db.session.execute(rows)}
