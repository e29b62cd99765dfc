"""The pages of the reports: ask, watch, find again."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from portal import clock, insights, jobs
from portal.extensions import db
from portal.jobs import Job

Sign = Callable[[Any], Any]


def asked(about: Any, **changes: str) -> dict[str, str]:
    kind = type(about).__tablename__
    form = {"report": "activity", "subject": f"{kind}:{about.id}", "period": "this_month", "locale": "en"}
    return {**form, **changes}


def post(browser: Any, form: dict[str, str]) -> Any:
    """Post with the token of the home page."""
    token = browser.get("/").text.split('name="csrf-token" content="')[1].split('"')[0]
    return browser.post("/reports/", data={**form, "csrf_token": token})


def test_ask_watch_and_open(people: SimpleNamespace, as_: Sign) -> None:
    dora = as_(people.dora)
    sent = post(dora, asked(people.alice.team))
    assert sent.status_code == 303
    address = sent.headers["Location"]
    waiting = dora.get(address, headers={"HX-Request": "true"})
    assert b"<html" not in waiting.data and b'hx-trigger="every' in waiting.data
    job = db.session.scalars(db.select(Job).where(Job.kind == insights.making.KIND)).one()
    assert jobs.run_now(job.id).state == "done"
    ready = dora.get(address, headers={"HX-Request": "true"}).get_data(as_text=True)
    file = insights.archive.of(people.dora)[0]
    assert "hx-trigger" not in ready and f"/reports/{file.id}" in ready
    page = dora.get("/reports/").get_data(as_text=True)
    assert "Activity report" in page and "Every Monday 08:00" in page and f"/reports/{file.id}" in page
    for other in (people.alice, people.charlie):
        assert as_(other).get(address).status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"period": "custom"}, "Give the first and the last day."),
        ({"period": "custom", "start": "2026-03-31", "end": "2026-03-01"}, "The last day lies before the first."),
        ({"period": "custom", "start": "1999-01-01", "end": "2026-03-01"}, "Choose at most three years."),
        ({"subject": "person:999999"}, "Not a valid choice"),
        ({"subject": "person:x"}, "Not a valid choice"),
        ({"report": "nothing"}, "Not a valid choice"),
    ],
)
def test_a_wrong_wish_is_said_beside_the_field(
    people: SimpleNamespace, as_: Sign, changes: dict[str, str], said: str
) -> None:
    answer = post(as_(people.dora), asked(people.alice, **changes))
    assert answer.status_code == 422 and said in answer.get_data(as_text=True)
    assert db.session.scalars(db.select(Job)).all() == []


def test_days_of_ones_own_choice(people: SimpleNamespace, as_: Sign) -> None:
    days = {"start": "2026-02-10", "end": "2026-02-20"}
    assert post(as_(people.dora), asked(people.alice, period="custom", **days)).status_code == 303
    job = db.session.scalars(db.select(Job)).one()
    assert job.arguments["period"] == list(days.values()) and job.arguments["person"] == people.dora.id


def test_only_the_own_office_is_offered(people: SimpleNamespace, as_: Sign) -> None:
    page = as_(people.charlie).get("/reports/new").get_data(as_text=True)
    assert "成都" in page and "上海" not in page and "Alice" not in page
    assert post(as_(people.charlie), asked(people.alice)).status_code == 422


def test_each_is_offered_first_what_is_asked_about_most(people: SimpleNamespace) -> None:
    asked = {name: insights.lens.usual(getattr(people, name)).kind for name in ("dora", "alice", "mary")}
    assert asked == {"dora": "team", "alice": "person", "mary": "office"}, "a marketer is in no team"


def test_who_may_not_run_reports_gets_nothing(people: SimpleNamespace, as_: Sign) -> None:
    erin = as_(people.erin)
    for address in ("/reports/", "/reports/new", "/reports/1"):
        assert erin.get(address).status_code == 403
    assert post(erin, asked(people.alice)).status_code == 403


def test_managers_find_their_charts_at_home(people: SimpleNamespace, as_: Sign, make: Callable[..., Any]) -> None:
    customer = make("customer", by=people.alice, name="甲公司")
    day = clock.today() - timedelta(days=40)
    make("order", by=people.alice, customer=customer.id, number="A", ordered_on=day, amount=50, status="completed")
    months, tiers = insights.home_charts(people.dora)
    assert len(months.rows) == 12 and sum(row[1] == "¥50.00" for row in months.rows) == 1
    assert [row[1] for row in tiers.rows] == ["1"]
    for day_of_year in ("2026-12-31", "2027-01-01", "2027-03-01", "2028-02-29", "2027-05-31"):
        with time_machine.travel(f"{day_of_year}T12:00:00+08:00", tick=False):
            assert len(insights.home_charts(people.dora)[0].rows) == 12, day_of_year
    assert insights.home_charts(people.erin) == []
    assert all(row[1] == "¥0.00" for row in insights.home_charts(people.charlie)[0].rows)
