"""Real workers are killed -9 while they take steps: every step is taken once, none is lost."""

from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from portal import clock, records, schema
from portal.extensions import db, transaction
from portal.rules import triggers
from portal.rules.workflows import WorkflowRun, WorkflowStep, engine
from portal.security import SYSTEM
from portal.settings import Settings
from tests.jobs.workbench import running, wait_for

pytestmark = [pytest.mark.fault, pytest.mark.long]
NUMBER, KILLS = 300, 3


def tasks() -> Counter[int]:
    """Customer → number of tasks."""
    db.session.rollback()
    table = records.tables.table_of("task")
    fields = records.tables.entity_of("task").fields
    return Counter(db.session.scalars(sa.select(table.c[fields["customer"].column])))


def test_each_step_is_taken_once_whoever_dies(app: Any, people: Any, settings: Settings) -> None:
    with transaction():
        rows = [{"name": f"客户{n}", "owner": people.alice.id} for n in range(NUMBER)]
        ids = records.bulk.save_many("customer", rows, by=SYSTEM).ids
        orders = [{"number": str(n), "customer": n, "ordered_on": clock.today(), "amount": 150000} for n in ids]
        records.bulk.save_many("order", orders, by=SYSTEM)
    with transaction():
        noun = schema.current().workflows["key_customer_silence"]
        for scope in triggers.ranges(records.tables.table_of("customer")):
            triggers.start(noun, scope, triggers.CLOCK)
        engine.drain_later()
    with running("scheduler", settings):
        for _ in range(KILLS):
            before = tasks().total()
            with running("worker", settings) as victim:
                wait_for(lambda seen=before: tasks().total() > seen or seen == NUMBER)  # type: ignore[misc]
                victim.kill()
        with running("worker", settings):
            wait_for(lambda: tasks().total() >= NUMBER and not due())
    assert tasks() == dict.fromkeys(ids, 1)
    states = db.session.scalars(sa.select(WorkflowRun.state).distinct()).all()
    assert states == ["waiting"]
    steps = db.session.execute(sa.select(WorkflowStep.path, sa.func.count()).group_by(WorkflowStep.path)).all()
    assert sorted(tuple(row) for row in steps) == [("0", NUMBER), ("1", NUMBER)]


def due() -> int | None:
    """How many runs are due."""
    running_now = sa.select(sa.func.count()).where(WorkflowRun.state == "running")
    return db.session.scalar(running_now)
