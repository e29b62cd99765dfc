"""A look at a draft over many records: bounded memory, progress while it goes on, and an end when somebody says so."""

import os
import re
import tracemalloc
from typing import Any

import pytest
import sqlalchemy as sa

from portal import clock, foresight, jobs, schema
from portal.extensions import db, transaction
from portal.jobs import Job, Work
from portal.records import tables
from portal.rules import scope
from tests.schema.docs import shipped

pytestmark = [pytest.mark.fault, pytest.mark.long]

FULL = bool(os.environ.get("FAULTS_FULL"))
ROWS = 1_000_000 if FULL else 6_000
MEGABYTES = 96 if FULL else 24  # of Python's own, at the most at one time
BATCH = 2_000
CUSTOMER = "entities/customer.yml"


@pytest.fixture(params=["sqlite", "postgresql"] if FULL else ["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Both engines at full size."""
    return str(request.param)


@pytest.fixture
def many(app: Any, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Customers who each have a city and tags of their own."""
    monkeypatch.setattr(scope, "STEP", ROWS // 10)
    monkeypatch.setattr(scope.ranges, "__defaults__", (0, ROWS // 10))
    table, fields = tables.table_of("customer"), schema.current().entities["customer"].fields
    now, city = clock.now(), fields["city"].column
    for start in range(0, ROWS, BATCH):
        rows = [
            {"name_": f"客户{at}", city: f"城{at}", "version": 1, "created_at": now, "updated_at": now}
            for at in range(start, min(start + BATCH, ROWS))
        ]
        rows = [{fields["name"].column: row.pop("name_"), **row} for row in rows]
        with transaction():
            db.session.execute(sa.insert(table), rows)


def draft() -> dict[str, str]:
    """A city becomes a number, and who spends 90,000 is VIP."""
    documents = shipped()
    tier = documents["tiers/customer_tier.yml"].partition("tests:")[0]
    customer = re.sub(r"city: {type: text(.*), max_length: 40}", r"city: {type: integer\1}", documents[CUSTOMER])
    return {CUSTOMER: customer, "tiers/customer_tier.yml": tier.replace("100000", "90000", 1)}


def asked(people: Any) -> Job:
    with transaction():
        return foresight.impact.ask(1, draft(), people.admin)


def test_the_look_keeps_within_bounds(many: None, people: Any) -> None:
    job = asked(people)
    tracemalloc.start()
    done = jobs.run_now(job.id)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (done.state, done.error) == ("done", "") and done.done == done.total
    (found,) = [one for one in done.result["breaks"] if one["field"] == "city"]
    assert (found["number"], len(found["ids"])) == (ROWS, foresight.breaks.LISTED)
    assert most < MEGABYTES * 2**20, f"{most / 2**20:.0f} MB"


def test_the_look_ends_when_somebody_says_so(many: None, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also within one count, between two ranges of records."""
    job, before, calls = asked(people), Work.advance, []

    def advance(work: Work, *told: Any, **more: Any) -> None:
        calls.append(told)
        if len(calls) == 4:
            db.session.execute(sa.update(Job).where(Job.id == work.job_id).values(cancel_asked=True))
        before(work, *told, **more)

    monkeypatch.setattr(Work, "advance", advance)
    ended = jobs.run_now(job.id)
    assert ended.state == "cancelled" and len(calls) == 4
    assert ended.done < (ended.total or 0)
