"""Rules against history: levels and bands at the end of each month, the days on which workflows begin."""

from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
import time_machine

from portal import clock, foresight, jobs, records
from portal.extensions import transaction
from portal.schema import usage
from portal.security import SYSTEM
from portal.security.models import PersonRole
from tests.schema.docs import designer, publish, shipped
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


def asked_of_the_past(person, edits=None, months=4, rule=("tiers", "customer_tier"), base=1):
    with transaction():
        job = foresight.backtest.ask(*rule, months, base, edits or {}, person)
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
    found = asked_of_the_past(people.admin, {TIER: text})
    rules = found["rules"]
    assert found_level(rules["now"], -1) == {"vip": 1}
    assert found_level(rules["draft"], -1) == {"key": 1}
    assert (found["differ"][0], found["differ"][-1], found["between"]) == (0, 1, [["vip", "key", 1]])


def test_a_field_without_history_is_named(buyer, people):
    text = shipped()[TIER].replace("- repurchase_rate: {gte: 30%}", "- intent_score: {gte: 0}", 1)
    found = asked_of_the_past(people.admin, {TIER: text[: text.index("tests:")]})["rules"]["draft"]
    assert found["today"] == ["intent_score"]


@pytest.fixture
def ago():
    """`with ago(45):` what happens within happened so many days earlier."""

    @contextmanager
    def earlier(days):
        with time_machine.travel(clock.now() - timedelta(days=days)):
            yield

    return earlier


def test_a_field_is_what_the_audit_log_says_it_was(buyer, people, ago):
    text = shipped()[TIER].replace("- repurchase_rate: {gte: 30%}", "- status: active", 1)
    text = text[: text.index("tests:")]
    with ago(45):
        records.save(records.fetch("customer", buyer.id, SYSTEM), {"status": "active"}, by=SYSTEM)
    records.save(records.fetch("customer", buyer.id, SYSTEM), {"status": "lost"}, by=SYSTEM)
    found = asked_of_the_past(people.admin, {TIER: text})["rules"]["draft"]
    assert (found["history"], found["today"]) == (["status"], [])
    assert [found_level(found, at) for at in (0, -2, -1)] == [{"standard": 1}, {"vip": 1}, {"key": 1}]


def test_a_renamed_field_keeps_its_history(buyer, people, ago):
    """Also where its old key went to another field: the column says which is which."""
    with ago(45):
        records.save(records.fetch("customer", buyer.id, SYSTEM), {"city": "上海", "short_name": "甲"}, by=SYSTEM)
    records.save(records.fetch("customer", buyer.id, SYSTEM), {"city": "北京", "short_name": "乙"}, by=SYSTEM)
    documents = shipped()
    for entity, key, new in (("customer", "city", "town"), ("customer", "short_name", "city")):
        documents |= usage.renamed(documents, entity, key, new)
        publish(documents)
    record = records.fetch("customer", buyer.id, SYSTEM)
    assert (record["town"], record["city"]) == ("北京", "乙")
    told = {(one.field.key, one.before, one.after) for one in records.history(record, people.admin) if one.field}
    assert {("town", "上海", "北京"), ("city", "甲", "乙")} <= told
    text = documents[TIER].replace("- repurchase_rate: {gte: 30%}", "- town: 上海", 1)
    found = asked_of_the_past(people.admin, {TIER: text[: text.index("tests:")]}, base=3)["rules"]["draft"]
    assert (found["history"], found["today"]) == (["town"], [])
    assert [found_level(found, at) for at in (-2, -1)] == [{"vip": 1}, {"key": 1}]


HEAT = """
scoring: heat
label: Heat
on: customer
field: heat
band: heat_band
points: [{points: 10, label: Big, when: {employees: {gte: 100}}}]
behaviour: [{points: 40, label: Orders, from: order, through: customer, at: ordered_on, half_life: 30 days}]
bands:
  hot: {label: Hot, at_least: 60}
  warm: {label: Warm, at_least: 20}
  cold: {label: Cold, otherwise: true}
"""


def test_bands_of_a_drafted_score_with_decay(buyer, people):
    found = asked_of_the_past(people.admin, {"scoring/heat.yml": HEAT}, rule=("scoring", "heat"))["rules"]
    assert list(found) == ["draft"]
    ends = foresight.backtest.month_ends(clock.today(), 4)
    assert [found_level(found["draft"], at) for at in range(5)] == [{band_then(end): 1} for end in ends]
    assert {row[1] for row in found["draft"]["who"]} == {buyer.id}


def band_then(end):
    """Worked out by hand: each order is worth 40, half of it after 30 days."""
    first = clock.today().replace(day=1) - timedelta(days=40)
    ages = [(end - day).days for day in (first, first + timedelta(days=1))]
    score = sum(40 * 0.5 ** (age / 30) for age in ages if age >= 0)
    return "hot" if score >= 59.5 else "warm" if score >= 19.5 else "cold"


DAILY = """
workflow: thanks
label: Thanks
on: customer
trigger: {daily: "00:00"}
when: {annual_spend: {gte: LEAST}}
steps: [{task: {title: Thank}}]
"""


def test_a_workflow_of_the_clock_begins_once_on_the_day_it_first_holds(buyer, people):
    rule, path = ("workflows", "thanks"), "workflows/thanks.yml"
    found = asked_of_the_past(people.admin, {path: DAILY.replace("LEAST", "60000")}, rule=rule)["rules"]["draft"]
    ((at, who),) = found["who"]
    bought = clock.today().replace(day=1) - timedelta(days=40)
    assert (who, sum(found["starts"])) == (buyer.id, 1)
    assert clock.to_zone(datetime.fromisoformat(at)).date() == bought
    assert asked_of_the_past(people.admin, {path: DAILY.replace("LEAST", "200000")}, rule=rule)["rules"]["draft"][
        "starts"
    ] == [0, 0, 0, 0]


CHANGED = """
workflow: lost
label: Lost
on: customer
trigger: {event: changed, fields: [status]}
when: {status: lost}
steps: [{task: {title: Ask why}}]
"""


def test_a_workflow_of_events_begins_with_the_values_of_then(buyer, people, ago):
    with ago(20):
        for status in ("lost", "active", "dormant"):
            records.save(records.fetch("customer", buyer.id, SYSTEM), {"status": status}, by=SYSTEM)
    records.save(records.fetch("customer", buyer.id, SYSTEM), {"status": "prospect"}, by=SYSTEM)
    found = asked_of_the_past(people.admin, {"workflows/lost.yml": CHANGED}, rule=("workflows", "lost"))
    assert (sum(found["rules"]["draft"]["starts"]), [row[1] for row in found["rules"]["draft"]["who"]]) == (
        1,
        [buyer.id],
    )


def test_scores_and_workflows_are_compared_with_an_alternative(buyer, people, as_):
    publish({**shipped(), "scoring/heat.yml": HEAT, "workflows/thanks.yml": DAILY.replace("LEAST", "60000")})
    colder = {"scoring/heat.yml": HEAT.replace("points: 40", "points: 12")}
    dearer = {"workflows/thanks.yml": DAILY.replace("LEAST", "200000")}
    results = []
    for rule, edits in ((("scoring", "heat"), colder), (("workflows", "thanks"), dearer)):
        with transaction():
            job = foresight.backtest.ask(*rule, 4, 2, edits, people.admin)
        results.append(jobs.run_now(job.id).result)
        page = as_(people.admin).get(f"/studio/backtests/{job.id}").text
        assert "The two rules compared" in page and page.count("data-chart='{") == 3
    bands, runs = results
    assert list(bands["rules"]) == ["now", "draft"] and max(bands["differ"]) == 1
    assert [sum(runs["rules"][side]["starts"]) for side in ("now", "draft")] == [1, 0]


def test_the_other_pages_tell_too(buyer, people, as_):
    admin = as_(people.admin)
    for rule, words in (("scoring/intent", "had faded"), ("workflows/key_customer_silence", "Runs begun by month")):
        address = post(admin, f"/studio/{rule}/backtests", {"months": "2"}).headers["Location"]
        assert jobs.run_now(int(address.rpartition("/")[2])).state == "done"
        assert words in admin.get(address).text


def test_no_mover_out_of_reach_is_named(buyer, people, as_):
    publish(designer())
    people.charlie.roles = [PersonRole(role_key="designer")]
    abroad = as_(people.charlie)
    address = post(abroad, "/studio/tiers/customer_tier/backtests", {"months": "3"}).headers["Location"]
    assert jobs.run_now(int(address.rpartition("/")[2])).result["rules"]["now"]["who"][0][1] == buyer.id
    page = abroad.get(address).text
    assert "Rule in force" in page
    assert f"#{buyer.id}" not in page


def test_the_page_tells_chart_movers_and_limits(buyer, people, as_):
    admin = as_(people.admin)
    address = post(admin, "/studio/tiers/customer_tier/backtests", {"months": "3"}).headers["Location"]
    assert "Counting" in admin.get(address).text
    jobs.run_now(int(address.rpartition("/")[2]))
    page = admin.get(address).text
    for words in ("What history can say", "Annual spend", "data-chart", f"#{buyer.id}", "Rule in force"):
        assert words in page
    assert as_(people.alice).get(address).status_code == 403
    assert post(admin, "/studio/tiers/nothing/backtests").status_code == 404
    assert post(admin, "/studio/roles/seller/backtests").status_code == 404
