"""Owners hear of stale records: once a day, in working hours, so often as the document says, then their manager."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import jobs, schema
from portal.extensions import db
from portal.mail import Notice
from portal.rules.quality import reminders, totals
from portal.security import SYSTEM
from tests.rules.stage import settle

CARE = """
quality: care
label: Care
on: customer
score: care
issues: care_issues
timeliness:
  after: 30 days
  since: [last_contact_on]
  remind: {every: 7 days, manager_after: 2}
"""


@pytest.fixture
def stale(app: Any, people: Any, make: Any, travel: Any) -> Any:
    """Three stale customers of Alice's, whose lead is Dora, and the shipped document out of the way."""
    schema.releases.publish_document("quality/customer.yml", None, by=SYSTEM, note="test")
    schema.releases.publish_document("quality/care.yml", CARE, by=SYSTEM, note="test")
    settle()
    for name in "一二三":
        make("customer", name=name, owner=people.alice.id)
    db.session.commit()
    totals.count()
    return travel


def told(since: int = 0) -> list[tuple[int, str]]:
    found = sa.select(Notice.person_id, Notice.link).where(Notice.id > since).order_by(Notice.id)
    return [(person, link) for person, link in db.session.execute(found)]


def run() -> int:
    """What the scheduler asks for every half hour."""
    job = jobs.enqueue(reminders.JOB, {})
    db.session.commit()
    done = jobs.run_now(job.id)
    assert done.state == "done", done.error
    return int(done.result)


def test_one_notice_for_all_and_none_twice(stale: Any, people: Any) -> None:
    assert [run(), run()] == [1, 0]
    assert told() == [(people.alice.id, "/quality/care/mine?issue=stale")]
    assert "3" in db.session.scalars(sa.select(Notice.text)).one()
    stale.shift(timedelta(days=3))
    assert run() == 0
    stale.shift(timedelta(days=4))
    assert run() == 1


def test_nobody_is_woken_at_night_or_on_a_holiday(stale: Any) -> None:
    for moment in (datetime(2026, 3, 2, 16, 5, tzinfo=UTC), datetime(2026, 3, 7, 2, 0, tzinfo=UTC)):
        stale.move_to(moment)
        assert run() == 0
    stale.move_to(datetime(2026, 3, 9, 2, 0, tzinfo=UTC))
    assert run() == 1


def test_the_lead_hears_when_the_owner_was_told_in_vain(stale: Any, people: Any) -> None:
    for _week in range(2):
        run()
        stale.shift(timedelta(days=7))
    run()
    assert [person for person, _link in told()] == [people.alice.id, people.alice.id, people.alice.id, people.dora.id]
    assert told()[-1][1] == "/quality/care?by=owner"


def test_a_worker_that_died_after_one_person_goes_on_with_the_next(stale: Any, people: Any, make: Any) -> None:
    make("customer", name="四", owner=people.bob.id)
    db.session.commit()
    totals.count()

    class Dies:
        def advance(self, done: int, total: int) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reminders.remind(Dies())  # type: ignore[arg-type]
    db.session.rollback()
    assert run() == 1
    assert sorted(person for person, _link in told()) == sorted([people.alice.id, people.bob.id])
