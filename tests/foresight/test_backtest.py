"""A tier rule against history: levels at the end of each month, by orders as they stood then."""

from datetime import date, timedelta

import pytest

from portal import clock, foresight, jobs
from portal.extensions import transaction
from tests.schema.docs import shipped
from tests.web.studio import post

TIER = "tiers/customer_tier.yml"


def test_the_ends_of_months():
    ends = foresight.backtest.month_ends(date(2026, 3, 15), 3)
    assert ends == [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 15)]


@pytest.fixture
def buyer(app, make, people):
    """Bought for 60,000 two months ago and for 50,000 on the day after; nothing before."""
    record = make("customer", name="华兴", by=people.admin)
    day = clock.today().replace(day=1) - timedelta(days=40)
    for number, (at, amount) in enumerate(((day, 60000), (day + timedelta(days=1), 50000))):
        make(
            "order",
            number=f"N{number}",
            customer=record.id,
            ordered_on=at.isoformat(),
            amount=amount,
            status="completed",
        )
    return record


def asked_of_the_past(person, edits=None, months=4):
    with transaction():
        job = foresight.backtest.ask("customer_tier", months, 1, edits or {}, person)
    done = jobs.run_now(job.id)
    assert (done.state, done.error) == ("done", "")
    return done.result


def test_each_month_sees_the_orders_of_its_time(buyer, people):
    found = asked_of_the_past(people.admin)["rules"]["now"]
    assert [found_level(found, at) for at in (0, 1, -1)] == [{"standard": 1}, {"standard": 1}, {"vip": 1}]
    assert [move for month in found["moves"] for move in month] == [["standard", "vip", 1]]
    assert [row[1:] for row in found["who"]] == [[buyer.id, "standard", "vip"]]
    assert found["rebuilt"] == ["annual_spend", "repurchase_rate"]


def found_level(found, place):
    return dict(map(tuple, found["levels"][place]))


def test_two_rules_are_compared(buyer, people):
    text = shipped()[TIER].replace("annual_spend: {gte: 100000}", "annual_spend: {gte: 200000}", 1)
    text = text[: text.index("tests:")]
    rules = asked_of_the_past(people.admin, {TIER: text})["rules"]
    assert found_level(rules["now"], -1) == {"vip": 1}
    assert found_level(rules["draft"], -1) == {"key": 1}


def test_a_field_without_history_is_named(buyer, people):
    text = shipped()[TIER].replace("- repurchase_rate: {gte: 30%}", "- status: prospect", 1)
    found = asked_of_the_past(people.admin, {TIER: text[: text.index("tests:")]})["rules"]["draft"]
    assert found["today"] == ["status"]


def test_the_page_tells_chart_movers_and_limits(buyer, people, as_):
    admin = as_(people.admin)
    address = post(admin, "/studio/tiers/customer_tier/backtests", {"months": "3"}).headers["Location"]
    assert "Counting" in admin.get(address).text
    jobs.run_now(int(address.rpartition("/")[2]))
    page = admin.get(address).text
    for words in ("What history can say", "annual_spend", "data-chart", f"#{buyer.id}", "Rule in force"):
        assert words in page
    assert as_(people.alice).get(address).status_code == 403
    assert post(admin, "/studio/tiers/nothing/backtests").status_code == 404
