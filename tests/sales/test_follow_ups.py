"""A follow-up closes its task, plans the next and moves the metric, whatever door it comes through."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import clock, records, sales
from portal.errors import Invalid
from portal.extensions import db
from portal.security import SYSTEM


@pytest.fixture
def customer(app: Any, people: Any, make: Any) -> Any:
    """A customer of alice's."""
    return make("customer", name="华兴机电", by=people.alice)


def tasks_of(customer: Any) -> list[Any]:
    table = records.tables.table_of("task")
    fields = records.tables.entity_of("task").fields
    ids = db.session.scalars(
        sa.select(table.c.id).where(table.c[fields["customer"].column] == customer.id).order_by(table.c.id)
    )
    return [records.fetch("task", id_, SYSTEM) for id_ in ids]


def test_it_closes_the_task_and_plans_the_next(people: Any, customer: Any) -> None:
    task = sales.tasks.plan("打电话", by=people.alice, customer=customer.id, due_on=clock.today())
    due = clock.today() + timedelta(days=7)
    written = sales.follow_ups.write(
        {
            "customer": customer.id,
            "task": task.id,
            "way": "visit",
            "summary": "看了样品",
            "feedback": "满意",
            "next_step": "寄报价单",
            "next_due": due,
        },
        by=people.alice,
    )
    closed, following = tasks_of(customer)
    assert (closed["status"], closed["outcome"]) == ("done", "看了样品")
    assert closed["done_at"] is not None
    assert (following["title"], following["due_on"], following["status"]) == ("寄报价单", due, "open")
    assert (following["owner"], following["kind"]) == (people.alice.id, "visit")
    assert following["origin"] == f"follow_up:{written.id}"
    assert records.fetch("customer", customer.id, SYSTEM)["last_follow_up_on"] == written["at"]


def test_without_a_next_date_nothing_is_planned(people: Any, customer: Any) -> None:
    sales.follow_ups.write({"customer": customer.id, "way": "phone", "summary": "问候"}, by=people.alice)
    past = clock.today() - timedelta(days=3)
    sales.follow_ups.write(
        {"customer": customer.id, "way": "phone", "summary": "补记", "next_due": past}, by=people.alice
    )
    assert tasks_of(customer) == []


def test_what_is_refused_leaves_nothing_behind(people: Any, customer: Any) -> None:
    task = sales.tasks.plan("打电话", by=people.alice, customer=customer.id)
    with pytest.raises(Invalid) as refused:
        sales.follow_ups.write({"customer": customer.id, "task": task.id, "way": "phone"}, by=people.alice)
    assert set(refused.value.problems) == {"summary"}
    assert tasks_of(customer)[0]["status"] == "open"


def test_a_colleagues_task_is_closed_by_the_work_done(people: Any, customer: Any) -> None:
    task = sales.tasks.plan("回访", by=people.bob, customer=customer.id, owner=people.bob.id)
    values = {"customer": customer.id, "task": task.id, "way": "phone", "summary": "已回访"}
    sales.follow_ups.write(values, by=people.alice)
    assert tasks_of(customer)[0]["status"] == "done"
