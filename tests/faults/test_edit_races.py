"""F8: two change one record at the same moment, at every door that writes; one wins, the other sees both values."""

import itertools
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from portal import audit, clock, records, schema
from portal.extensions import db, transaction
from portal.rules.workflows import WorkflowRun, engine
from portal.security import SYSTEM
from tests.faults.figures import FULL, figures
from tests.records.test_races import together
from tests.rules.stage import publish

pytestmark = pytest.mark.fault

RACES = 1000 if FULL else 25
WORDS = {"prospect": "Prospect", "active": "Active", "dormant": "Dormant", "lost": "Lost"}
WON, LOST = "won", "lost"
WORKFLOW = """
workflow: race_{key}
label: Race
on: customer
trigger: {{event: created}}
steps:
  - set: {{status: {key}}}
"""


@dataclass
class Contest:
    """One record, as it stood when both opened it, and what each of the two wants to make of it."""

    record: Any
    other: Any
    client: Any

    def form(self, value: str) -> tuple[str, str]:
        data = {"name": self.record["name"], "status": value, "version": self.record.version}
        answer = self.client.post(f"/customers/{self.record.id}/edit", data=data)
        return {303: WON, 409: LOST}[answer.status_code], answer.text

    def cell(self, value: str) -> tuple[str, str]:
        data = {"status": value, "_version": self.record.version}
        answer = self.client.post(f"/customers/{self.record.id}/cells/status", data=data, headers=PIECE)
        return {200: WON, 409: LOST}[answer.status_code], answer.text

    def board(self, value: str) -> tuple[str, str]:
        data = {"status": value, "_version": self.record.version}
        answer = self.client.post(f"/customers/{self.record.id}/lane", data=data, headers=PIECE)
        return {200: WON, 409: LOST}[answer.status_code], told(answer)

    def bulk(self, value: str) -> tuple[str, str]:
        data = {"_pick": f"{self.record.id}.{self.record.version}", "_field": "status", "status": value}
        text = told(self.client.post("/customers/bulk", data=data, headers=PIECE))
        return WON if text.startswith("1 record changed") else LOST, text

    def merge(self, value: str) -> tuple[str, str]:
        with transaction():
            records.save(records.fetch("customer", self.other.id, SYSTEM, "edit"), {"status": value}, by=SYSTEM)
        other = records.fetch("customer", self.other.id, SYSTEM)
        versions = {"version.first": self.record.version, "version.second": other.version}
        data = {"keep": "first", "side.status": "second", **versions}
        db.session.commit()
        answer = self.client.post(f"/customers/merging?of={self.record.id}-{other.id}", data=data)
        return {303: WON, 409: LOST}[answer.status_code], answer.text

    def batch(self, value: str) -> tuple[str, str]:
        saved = records.bulk.save_many("customer", [{"id": self.record.id, "status": value}], by=SYSTEM)
        return WON if not saved.problems else LOST, ""

    def workflow(self, value: str) -> tuple[str, str]:
        run = WorkflowRun(workflow=f"race_{value}", entity="customer", record_id=self.record.id, cause="clock")
        run.release, run.at, run.due_at, run.depth = schema.current().release, "0", clock.now(), 0
        with transaction():
            db.session.add(run)
            db.session.flush()
            engine.advance(run)
            return WON if run.state == "done" else run.state, ""


PIECE = {"HX-Request": "true"}
PEOPLE = ("form", "cell", "board", "bulk", "merge")
MACHINES = ("batch", "workflow")  # what an import and a step write is meant for whatever stands there
PAIRS = [
    pair
    for pair in itertools.combinations_with_replacement(PEOPLE + MACHINES, 2)
    if pair not in (("merge", "merge"), ("batch", "batch"), ("workflow", "workflow"))
]


def told(answer: Any) -> str:
    return str(json.loads(answer.headers["HX-Trigger"])["toast"]["message"])


def test_one_wins_at_every_door(app: Any, people: Any, as_: Any, make: Any, engine_name: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for key in WORDS:
        publish(f"race_{key}", WORKFLOW.format(key=key))
    clients = [as_(people.alice), as_(people.alice)]
    record, other = (make("customer", by=people.alice, name=name) for name in ("赛场", "陪跑"))
    outcomes: Counter[tuple[str, ...]] = Counter()
    for race, doors in zip(range(RACES), itertools.cycle(PAIRS), strict=False):
        record = records.fetch("customer", record.id, people.alice, "edit")
        if "merge" in doors:
            other = make("customer", by=people.alice, name=f"陪跑 {race}")
        values = [key for key in WORDS if key != record["status"]][:2]
        tasks = [attempt(Contest(record, other, clients[at]), doors[at], values[at]) for at in (0, 1)]
        results = together(app, tasks)
        assert not [result for result in results if isinstance(result, Exception)], (doors, results)
        judge(record.id, doors, values, results, people.alice)
        outcomes[tuple(result[0] for result in results)] += 1
    updates = unbroken(record.id)
    figures(
        f"F8 {engine_name}: {RACES} races of two at {len(PEOPLE + MACHINES)} doors in {len(PAIRS)} pairs, "
        f"{updates} updates in one unbroken chain: 0 lost, every loser saw both values"
    )


def attempt(contest: Contest, door: str, value: str) -> Callable[[], tuple[str, str]]:
    return lambda: getattr(contest, door)(value)


def judge(record_id: int, doors: Any, values: list[str], results: Any, person: Any) -> None:
    """Of two people one wins; a machine is never lost; who lost was shown what stands there beside his own."""
    now = records.fetch("customer", record_id, person)["status"]
    wins = [at for at in (0, 1) if results[at][0] == WON]
    assert wins and all(results[at][0] in (WON, LOST) for at in (0, 1)), (doors, results)
    if doors[0] in PEOPLE and doors[1] in PEOPLE:
        assert len(wins) == 1, (doors, results)
    assert now in [values[at] for at in wins], (doors, now, values)
    for at in (0, 1):
        if results[at][0] == LOST:
            assert doors[at] in PEOPLE
            theirs, mine = WORDS[values[1 - at]], WORDS[values[at]]
            assert theirs in results[at][1] and mine in results[at][1], (doors[at], results[at][1][:2000])
    db.session.rollback()


def unbroken(record_id: int) -> int:
    """Every change in the history began with what the one before it left; says how many there were."""
    lines = db.session.scalars(
        sa.select(audit.AuditLine)
        .where(audit.AuditLine.entity == "customer", audit.AuditLine.record_id == record_id)
        .order_by(audit.AuditLine.id)
    )
    steps = [line.data["changes"]["status"] for line in lines if "status" in (line.data or {}).get("changes", {})]
    for (_before, after), (begun, _end) in itertools.pairwise(steps):
        assert begun == after, "an update was lost"
    return len(steps)
