"""The compiled documents as other rooms see them."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from portal import clock
from portal.schema.check import check
from portal.schema.directory import load


@pytest.fixture(scope="module")
def catalog():
    return check(load()).catalog


def test_metrics_and_tiers_are_computed_fields(catalog):
    customer = catalog.entities["customer"]
    assert {"annual_spend", "repurchase_rate", "tier"} <= set(customer.fields)
    assert all(customer.fields[key].computed for key in ("annual_spend", "tier", "created_at"))
    assert not customer.fields["owner"].computed
    assert "tier" not in customer.writable()
    assert [key for key, _ in customer.fields["tier"].type.choices()] == ["vip", "key", "standard"]


def test_children_come_in_the_order_of_the_menu(catalog):
    children = [child.key for child in catalog.entities["customer"].children()]
    assert children == ["contact", "order", "follow_up", "task", "ticket"]
    assert catalog.entities["product"].children() == ()


def test_tag_documents_are_offered_by_the_field(catalog):
    options = dict(catalog.entities["customer"].fields["tags"].type.choices())
    assert {"决策人", "价格敏感", "近期活跃"} <= set(options)


def test_slugs_find_entities(catalog):
    assert catalog.slugs["follow-ups"].key == "follow_up"


def test_a_metric_says_what_it_measures(catalog):
    metric = catalog.metrics["annual_spend"]
    assert (metric.key, metric.on, metric.source, metric.through) == ("annual_spend", "customer", "order", "customer")
    assert (metric.how, metric.what, metric.at, metric.window) == ("sum", "amount", "ordered_on", timedelta(days=365))


@pytest.mark.parametrize(
    ("spend", "rate", "level"),
    [
        (100000, "0.30", "vip"),
        (120000, "0.10", "key"),  # a gap of the trade's own table
        (120000, "0.20", "key"),
        (50000, "0.15", "key"),
        (60000, "0.10", "standard"),
        (49999, "0.90", "standard"),
        (0, None, "standard"),
    ],
)
def test_the_levels_of_the_trade(catalog, spend, rate, level):
    values = {"annual_spend": Decimal(spend), "repurchase_rate": Decimal(rate) if rate else None}
    levels = catalog.tiers["customer_tier"].levels
    first = next(key for key, item in levels.items() if item.otherwise or item.when.matches(values, clock.now()))
    assert first == level
    assert levels["vip"].share == Decimal("0.05")
    assert str(levels["vip"].strategy)


def test_the_steps_of_the_workflow(catalog):
    steps = catalog.workflows["key_customer_silence"].steps
    assert [step.kind for step in steps] == ["task", "wait", "branch"]
    assert (steps[0].body.to, steps[0].body.due) == ("owner", "1 day")
    assert (steps[1].body.until, steps[1].body.at_most) == ("task_done", "3 days")
    assert (steps[2].body.done, steps[2].body.otherwise[0].kind) == ("task", "notify")


def test_the_calendar_knows_holidays_and_make_up_days(catalog):
    calendar = catalog.calendars["cn_office"]
    dates, week = calendar.dates(), calendar.weekdays()
    assert dates[date(2026, 2, 17)] == ()
    assert dates[date(2026, 2, 14)] == ((time(9), time(12)), (time(13, 30), time(18)))
    assert 5 not in week


@pytest.mark.parametrize(("year", "count"), [(2024, 251), (2025, 248), (2026, 248)])
def test_workdays_of_published_years(catalog, year, count):
    calendar = catalog.calendars["cn_office"]
    dates, week = calendar.dates(), calendar.weekdays()
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    assert sum(1 for day in days if day.year == year and dates.get(day, week.get(day.weekday(), ()))) == count


def test_a_role_says_how_far(catalog):
    seller, marketer = catalog.roles["seller"], catalog.roles["marketer"]
    assert (seller.entities["customer"].view, seller.entities["customer"].edit) == ("team", "own")
    assert marketer.fields["customer.phone"] == "mask"
    assert "studio.publish" in catalog.roles["admin"].may
