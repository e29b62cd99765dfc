"""F2: a worker killed -9 in the middle of a send sends nobody twice and loses nobody in silence."""

import os
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from portal import campaigns, create_app, jobs, records, schema
from portal.campaigns.models import Campaign, Delivery, DeliveryState
from portal.extensions import db, transaction
from portal.security import SYSTEM
from tests.faults.figures import FULL, figures, usual
from tests.jobs.workbench import PATIENCE, running, wait_for
from tests.sink import Sink, sink

RECIPIENTS = int(os.environ.get("F2_RECIPIENTS", "10000" if FULL else "1000"))
ROUNDS = int(os.environ.get("F2_ROUNDS", "20" if FULL else "1"))
KILLS = int(os.environ.get("F2_KILLS", "3"))
RESUMES_WITHIN = 60
SEGMENT = "segment: everyone\nlabel: 全部\non: customer\nwhen: {kind: enterprise}\n"


@pytest.fixture
def audience(app, people):
    """A segment of many customers."""
    rows = [
        {"name": f"客户{number}", "email": f"c{number}@example.cn", "owner": people.alice.id}
        for number in range(RECIPIENTS)
    ]
    with transaction():
        assert not records.bulk.save_many("customer", rows, by=SYSTEM).problems
        schema.releases.publish_document("segments/everyone.yml", SEGMENT, by=people.admin, note="test")


@pytest.fixture
def begun(audience, people) -> Campaign:
    """A campaign to all of them, asked for and not yet begun."""
    return begin(people)


def begin(people) -> Campaign:
    """Ask for one more campaign."""
    with transaction():
        campaign = Campaign(
            name="F2", segment="everyone", subject="{{ name }}", body="您好 {{ name }}",
            owner_id=people.mary.id, office_id=people.mary.office_id,
        )  # fmt: skip
        db.session.add(campaign)
        db.session.flush()
        campaigns.lifecycle.schedule(campaign, None, by=people.mary)
    return campaign


@pytest.mark.fault
def test_kills_in_the_middle_of_a_send(audience, people, settings, as_):
    resumed, uncertain = list[float](), list[int]()
    for round_ in range(ROUNDS):
        campaign = begin(people)
        # The first round at full size with the leases of a portal that nobody set, the others with short ones.
        lasting = usual(settings) if FULL and round_ == 0 else settings
        with sink(pause=0.001, keeps=False) as server:
            resumed += killed_again_and_again(campaign.id, server, lasting)
            uncertain.append(all_accounted_for(campaign.id, server))
        page = as_(people.mary).get(f"/campaigns/{campaign.id}?state=uncertain").get_data(as_text=True)
        assert page.count("worker stopped") == uncertain[-1], "each of them is listed"
    figures(
        f"F2 {db.engine.dialect.name}: {ROUNDS} rounds of {RECIPIENTS} recipients, {KILLS} kills -9 each: "
        f"0 twice, 0 lost in silence, at most {max(uncertain)} uncertain a round ({sum(uncertain)} in all) and listed, "
        f"goes on within {max(resumed):.1f} s ({max(resumed[:KILLS]):.1f} s in the first round)"
    )
    assert max(resumed) <= RESUMES_WITHIN


def killed_again_and_again(campaign_id: int, server: Sink, settings) -> list[float]:
    """Kill the worker that sends, until another may end it; how long after each kill the next mail came."""
    there, resumed = replace(settings, smtp_host="127.0.0.1", smtp_port=server.port), list[float]()
    with running("scheduler", there):
        for kill in range(1, KILLS + 2):
            sent, began = server.recipients.total(), time.monotonic()
            goal = kill * RECIPIENTS // (KILLS + 1)
            with running("worker", there) as worker:
                wait_for(lambda sent=sent: server.recipients.total() > sent or is_finished(campaign_id))
                resumed.append(time.monotonic() - began)
                if kill <= KILLS:
                    wait_for(lambda goal=goal: server.recipients.total() >= goal, 600 if FULL else PATIENCE)
                    os.killpg(worker.pid, 9)
                else:
                    wait_for(lambda: is_finished(campaign_id), 600 if FULL else PATIENCE)
    return resumed[1:]


def all_accounted_for(campaign_id: int, server: Sink) -> int:
    """Nobody got it twice, nobody is lost in silence; returns how many are uncertain."""
    states = campaigns.lifecycle.by_state(campaign_id)
    assert sum(states.values()) == RECIPIENTS
    assert set(states) <= {DeliveryState.SENT, DeliveryState.UNCERTAIN}, states
    assert max(server.recipients.values()) == 1, "nobody twice"
    told = sa.select(Delivery.state, Delivery.address).where(Delivery.campaign_id == campaign_id)
    found: dict[str, set[str]] = {state: set() for state in DeliveryState}
    for state, address in db.session.execute(told):
        found[state].add(address)
    assert found[DeliveryState.SENT] <= set(server.recipients), "sent means that the server has it"
    missing = {f"c{number}@example.cn" for number in range(RECIPIENTS)} - set(server.recipients)
    assert missing <= found[DeliveryState.UNCERTAIN], "nobody lost in silence"
    assert len(found[DeliveryState.UNCERTAIN]) <= KILLS, states
    return len(found[DeliveryState.UNCERTAIN])


def is_finished(campaign_id: int) -> bool:
    """Whether the campaign has ended."""
    db.session.expire_all()
    return db.session.get_one(Campaign, campaign_id).state == "finished"


def test_a_server_that_is_away_defers_and_loses_nobody(begun, settings, app):
    away = create_app(replace(settings, smtp_host="127.0.0.1", smtp_port=1))
    with away.app_context():
        job_id = db.session.scalar(sa.select(jobs.Job.id).where(jobs.Job.kind == "campaigns.send"))
        db.session.commit()
        assert jobs.run_now(job_id).state == "done"
        states = campaigns.lifecycle.by_state(begun.id)
        assert states == {DeliveryState.DEFERRED: 1, DeliveryState.PENDING: RECIPIENTS - 1}
        later = db.session.scalars(
            sa.select(jobs.Job).where(jobs.Job.state == "queued", jobs.Job.kind == "campaigns.send")
        ).one()
        assert later.not_before is not None
        db.session.remove()
        db.engine.dispose()
