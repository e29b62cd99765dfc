"""The list of the day and the quick form, in a browser without JavaScript and with htmx."""

import io
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import clock, records, sales
from portal.extensions import db
from portal.security import SYSTEM


@pytest.fixture
def customer(app: Any, people: Any, make: Any) -> Any:
    """A customer of alice's."""
    return make("customer", name="蓝海科技", by=people.alice)


@pytest.fixture
def task(customer: Any, people: Any) -> Any:
    """A task of alice's about it, a day late."""
    late = clock.today() - timedelta(days=1)
    return sales.tasks.plan("打电话", by=people.alice, customer=customer.id, due_on=late)


def token(browser: Any, address: str) -> str:
    page = browser.get(address).get_data(as_text=True)
    return str(page.split('name="csrf-token" content="')[1].split('"')[0])


def status(task: Any) -> Any:
    return records.fetch("task", task.id, SYSTEM)["status"]


def test_a_tick_closes_a_task_and_the_toast_opens_it_again(task: Any, people: Any, as_: Any) -> None:
    browser = as_(people.alice)
    page = browser.get("/today").get_data(as_text=True)
    assert "打电话" in page
    assert "is-late" in page
    sent = {"csrf_token": token(browser, "/today")}
    piece = browser.post(f"/today/{task.id}/completion", data=sent, headers={"HX-Request": "true"})
    assert "<html" not in piece.get_data(as_text=True)
    assert f"/today/{task.id}/reopening" in piece.headers["HX-Trigger"]
    assert status(task) == "done"
    assert browser.post(f"/today/{task.id}/reopening", data=sent).status_code == 303
    assert status(task) == "open"


def test_strangers_tick_nothing(task: Any, people: Any, as_: Any) -> None:
    browser = as_(people.charlie)
    assert "打电话" not in browser.get("/today").get_data(as_text=True)
    sent = {"csrf_token": token(browser, "/today")}
    assert browser.post(f"/today/{task.id}/completion", data=sent).status_code == 404
    assert status(task) == "open"


def test_the_quick_form_closes_the_task_plans_the_next_and_keeps_the_file(
    customer: Any, task: Any, people: Any, as_: Any
) -> None:
    browser, address = as_(people.alice), f"/customers/{customer.id}/follow-up"
    page = browser.get(f"{address}?task={task.id}").get_data(as_text=True)
    assert "打电话" in page
    due = clock.today() + timedelta(days=5)
    sent = {
        "csrf_token": token(browser, "/today"),
        "task": str(task.id),
        "back": "/today",
        "way": "visit",
        "summary": "看样品",
        "next_step": "发合同",
        "next_due": due.isoformat(),
        "file": (io.BytesIO(b"minutes"), "minutes.txt"),
    }
    sent = {named(page, key): value for key, value in sent.items()}
    answer = browser.post(address, data=sent, content_type="multipart/form-data")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/today")
    assert status(task) == "done"
    table = records.tables.table_of("follow_up")
    written = records.fetch("follow_up", db.session.scalars(sa.select(table.c.id)).one(), people.alice)
    assert (written["customer"], written["task"], written["summary"]) == (customer.id, task.id, "看样品")
    assert written["file"] is not None
    assert [(found.title, found["due_on"]) for found in sales.tasks.of_day(people.alice).coming] == [("发合同", due)]


def named(page: str, key: str) -> str:
    """The name of an input, as the form prefixes some."""
    return f"field_{key}" if f'name="field_{key}"' in page else key


def test_what_is_wrong_is_said_beside_the_field_and_typed_text_stays(customer: Any, people: Any, as_: Any) -> None:
    browser, address = as_(people.alice), f"/customers/{customer.id}/follow-up"
    page = browser.get(address).get_data(as_text=True)
    sent = {"csrf_token": token(browser, "/today"), named(page, "feedback"): "很满意", named(page, "summary"): ""}
    answer = browser.post(address, data=sent)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "很满意" in text
    assert "field-error" in text


def test_strangers_write_nothing(customer: Any, people: Any, as_: Any) -> None:
    browser = as_(people.charlie)
    assert browser.get(f"/customers/{customer.id}/follow-up").status_code == 404


def test_a_task_of_another_customer_is_left_alone(customer: Any, task: Any, people: Any, make: Any, as_: Any) -> None:
    other = make("customer", name="别家", by=people.alice)
    page = as_(people.alice).get(f"/customers/{other.id}/follow-up?task={task.id}").get_data(as_text=True)
    assert "打电话" not in page
