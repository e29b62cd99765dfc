"""What the tests of workflows share: a schema of their own, the worker's part, and a silent key customer."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from portal import clock, events, jobs, records, schema
from portal.extensions import db
from portal.rules import triggers
from portal.rules.workflows import WorkflowRun
from portal.security import SYSTEM

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
SILENCE = "key_customer_silence"

CREATED = """
workflow: welcome
label: Welcome
on: customer
trigger: {event: created}
steps:
  - tag: {add: [新客户]}
  - wait: {for: 2 workdays}
  - set: {status: active}
"""


def publish(key: str, text: str | None) -> None:
    """Put one workflow into force, or take it out."""
    schema.releases.publish_document(f"workflows/{key}.yml", text, by=SYSTEM, note="test")
    settle()


def settle() -> None:
    """Deliver events and do the jobs that are due, as the worker does."""
    db.session.commit()
    for _ in range(10):
        events.deliver()
        due = sa.select(jobs.Job.id).where(jobs.Job.state == "queued", jobs.Job.kind.like("workflows.%"))
        due = due.order_by(jobs.Job.id)
        ready = list(
            db.session.scalars(due.where(sa.or_(jobs.Job.not_before.is_(None), jobs.Job.not_before <= clock.now())))
        )
        db.session.rollback()
        if not ready and not events.undelivered():
            return
        for job_id in ready:
            assert jobs.run_now(job_id).state == "done"


def by_clock(workflow: str = SILENCE) -> int:
    """Do what the schedule asks for at its due time."""
    job = jobs.enqueue(triggers.JOB, {"workflow": workflow})
    db.session.commit()
    result: int = jobs.run_now(job.id).result
    settle()
    return result


def key_customer(make: Any, owner: Any, name: str = "大客户") -> Any:
    customer = make("customer", name=name, owner=owner.id)
    make("order", number=name, customer=customer.id, ordered_on=clock.today(), amount="150000")
    return customer


def the_run(workflow: str = SILENCE) -> WorkflowRun:
    db.session.expire_all()
    return db.session.scalars(sa.select(WorkflowRun).where(WorkflowRun.workflow == workflow)).one()


def the_task() -> Any:
    table = records.tables.table_of("task")
    return records.fetch("task", db.session.scalars(sa.select(table.c.id)).one(), SYSTEM)
