"""Quality of data: what a save appraises, what the night finds, totals within reach, and SQL equal to Python."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import clock, duplicates, jobs, records, schema
from portal.extensions import db, transaction
from portal.rules import nightly, quality
from portal.rules.quality import totals
from portal.rules.scope import Scope
from portal.security import SYSTEM
from tests.rules.stage import MONDAY, settle

CARE = """
quality: care
label: Care
on: customer
score: care
issues: care_issues
completeness:
  phone: {weight: 3}
  email:
  city: {weight: 2, when: {kind: enterprise}}
validity:
  loud: {label: Loud, when: {name: {contains: "!"}}, weight: 2}
  giant: {label: Giant, when: {employees: {gte: 1000000}}}
consistency:
  silent_active: {label: Silent, when: {all: [{status: active}, {last_contact_on: {empty: true}}]}}
uniqueness: {duplicates: customer}
timeliness: {after: 30 days, since: [last_contact_on, last_order_on]}
weights: {completeness: 5, timeliness: 3, consistency: 0}
"""


def publish() -> None:
    schema.releases.publish_document("quality/care.yml", CARE, by=SYSTEM, note="test")
    settle()


def seen(customer: Any) -> tuple[Any, Any]:
    db.session.expire_all()
    found = records.fetch("customer", customer.id, SYSTEM)
    return found["care"], found["care_issues"]


def test_a_save_appraises_and_the_night_finds_what_grew_stale(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish()
    customer = make("customer", name="一", phone="13800138000", kind="personal", last_contact_on=clock.today())
    # completeness 3/4 × 5, validity 1 × 1, consistency × 0, uniqueness 1 × 1, timeliness 1 × 3, of 10
    assert seen(customer) == (88, ("no_email",))
    records.save(records.fetch("customer", customer.id, SYSTEM), {"email": "a@b.cn", "kind": "enterprise"}, by=SYSTEM)
    assert seen(customer) == (83, ("no_city",))
    records.save(records.fetch("customer", customer.id, SYSTEM), {"city": "上海", "name": "一!"}, by=SYSTEM)
    assert seen(customer) == (93, ("loud",))
    travel.shift(timedelta(days=31))
    db.session.commit()
    nightly.recompute()
    assert seen(customer) == (63, ("loud", "stale"))
    make("order", number="1", customer=customer.id, ordered_on=clock.today(), amount="1")
    assert seen(customer) == (93, ("loud",))


def test_a_pair_of_likely_twins_counts_until_it_is_decided(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish()
    one, two = (make("customer", name="苏州瑞祥机械有限公司", phone="13800138000") for _ in range(2))
    jobs.run_now(duplicates.finding.ask().id)
    assert "duplicate" in seen(one)[1]
    assert "duplicate" in seen(two)[1]
    pair = db.session.scalars(sa.select(duplicates.queue.DuplicatePair.id)).one()
    duplicates.queue.keep_apart(pair, by=people.admin)
    assert "duplicate" not in seen(one)[1]
    duplicates.queue.look_again(pair, by=people.admin)
    assert "duplicate" in seen(two)[1]


def test_a_search_that_finds_twins_has_the_board_counted(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish()
    one = make("customer", name="苏州瑞祥机械有限公司", phone="13800138000", owner=people.alice.id)
    jobs.run_now(duplicates.finding.ask().id)
    assert _waiting() == 0
    make("customer", name=one["name"], phone="13800138000", owner=people.alice.id)
    jobs.run_now(duplicates.finding.ask().id)
    assert _waiting() == 1


def _waiting() -> int:
    asked = sa.select(sa.func.count()).select_from(jobs.Job).where(jobs.Job.kind == totals.JOB)
    return int(db.session.scalar(asked) or 0)


def test_totals_hold_what_each_person_may_see(app: Any, people: Any, make: Any, travel: Any) -> None:
    publish()
    noun = schema.current().quality["care"]
    for owner, name in ((people.alice, "一"), (people.bob, "二!"), (people.charlie, "三")):
        make("customer", name=name, owner=owner.id, phone="13800138000" if owner is people.alice else None)
    db.session.commit()
    totals.count()
    sums = {}
    for person in (people.admin, people.dora, people.alice, people.charlie):
        line = totals.Line()
        for one in totals.lines(noun, person)[0]:
            line.add(one)
        sums[person.username] = (line.records, line.issues["no_phone"], line.issues["loud"])
    assert sums == {"admin": (3, 2, 1), "dora": (2, 1, 1), "alice": (2, 1, 1), "charlie": (1, 1, 0)}
    travel.shift(timedelta(days=1))
    db.session.commit()
    totals.count()
    totals.count()
    days = totals.trend(noun, people.dora, clock.today() - timedelta(days=7))
    assert [(day.day, line.records) for day, line in days.items()] == [(2, 2), (3, 2)]
    today, _at = totals.lines(noun, people.dora)
    *_, last = days.values()
    assert (last.scores, last.flawless) == (sum(one.scores for one in today), sum(one.flawless for one in today))
    assert type(last.score) is int and last.score == round(last.scores / 2)


def test_where_a_role_has_a_condition_the_records_themselves_are_counted(
    app: Any, people: Any, make: Any, travel: Any
) -> None:
    publish()
    role = "role: seller\nlabel: Seller\nentities: {customer: {view: all, when: {status: active}}}\n"
    schema.releases.publish_document("roles/seller.yml", role, by=SYSTEM, note="test")
    make("customer", name="一", status="active")
    make("customer", name="二", status="lost")
    noun = schema.current().quality["care"]
    assert [line.records for line in totals.lines(noun, people.alice)[0]] == [1]
    assert totals.trend(noun, people.alice, clock.today()) == {}


days_ago = st.none() | st.integers(0, 60)
rows_of = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["一", "二!"]),
        "phone": st.sampled_from([None, "13800138000"]),
        "email": st.sampled_from([None, "a@b.cn"]),
        "city": st.sampled_from([None, "上海"]),
        "kind": st.sampled_from(["enterprise", "personal"]),
        "status": st.sampled_from(["active", "lost"]),
        "employees": st.sampled_from([None, 5, 2_000_000]),
    }
)


@settings(max_examples=10)
@given(rows=st.lists(st.tuples(rows_of, days_ago), min_size=1, max_size=6), weight=st.sampled_from([0, 1, 7]))
def test_sql_and_python_are_equal(app: Any, make: Any, travel: Any, rows: Any, weight: int) -> None:
    travel.move_to(MONDAY)
    if "care" not in schema.current().quality:
        publish()
    noun = schema.current().quality["care"].model_copy(update={"weights": {"validity": weight, "timeliness": 3}})
    entity = schema.current().entities["customer"]
    made = [
        make("customer", **row, last_contact_on=None if ago is None else clock.today() - timedelta(days=ago))
        for row, ago in rows
    ]
    with transaction():
        quality.evaluate(noun, Scope(first=made[0].id, last=made[-1].id))
    db.session.expire_all()
    for one in made:
        record = records.fetch("customer", one.id, SYSTEM)
        score, issues = noun.appraisal(entity).judge(record.values, clock.now())
        assert (record["care"], record["care_issues"] or ()) == (score, issues)
