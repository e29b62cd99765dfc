"""F2: a worker killed -9 in the middle of a send sends nobody twice and loses nobody in silence."""

import os
from dataclasses import replace

import pytest
import sqlalchemy as sa

from portal import campaigns, create_app, jobs, records, schema
from portal.campaigns.models import Campaign, Delivery, DeliveryState
from portal.extensions import db, transaction
from portal.security import SYSTEM
from tests.faults.figures import FULL, figures
from tests.jobs.workbench import running, wait_for
from tests.sink import sink

RECIPIENTS = int(os.environ.get("F2_RECIPIENTS", "10000" if FULL else "1000"))
KILLS = int(os.environ.get("F2_KILLS", "3"))
SEGMENT = "segment: everyone\nlabel: 全部\non: customer\nwhen: {kind: enterprise}\n"


@pytest.fixture
def begun(app, people) -> Campaign:
    """A campaign to a thousand customers, asked for and not yet begun."""
    rows = [
        {"name": f"客户{number}", "email": f"c{number}@example.cn", "owner": people.alice.id}
        for number in range(RECIPIENTS)
    ]
    with transaction():
        assert not records.bulk.save_many("customer", rows, by=SYSTEM).problems
        schema.releases.publish_document("segments/everyone.yml", SEGMENT, by=people.admin, note="test")
        campaign = Campaign(
            name="F2", segment="everyone", subject="{{ name }}", body="您好 {{ name }}",
            owner_id=people.mary.id, office_id=people.mary.office_id,
        )  # fmt: skip
        db.session.add(campaign)
        db.session.flush()
        campaigns.lifecycle.schedule(campaign, None, by=people.mary)
    return campaign


@pytest.mark.fault
def test_kills_in_the_middle_of_a_send(begun, settings):
    with sink(pause=0.001, keeps=False) as server:
        there = replace(settings, smtp_host="127.0.0.1", smtp_port=server.port)
        with running("scheduler", there):
            for kill in range(1, KILLS + 1):
                goal = kill * RECIPIENTS // (KILLS + 1)
                with running("worker", there) as worker:
                    wait_for(lambda goal=goal: server.recipients.total() >= goal)
                    os.killpg(worker.pid, 9)
            with running("worker", there):
                wait_for(lambda: is_finished(begun.id))
        states = campaigns.lifecycle.by_state(begun.id)
        assert sum(states.values()) == RECIPIENTS
        assert set(states) <= {DeliveryState.SENT, DeliveryState.UNCERTAIN}, states
        assert states.get(DeliveryState.UNCERTAIN, 0) <= KILLS, states
        assert max(server.recipients.values()) == 1, "nobody twice"
        sent = set(db.session.scalars(sa.select(Delivery.address).where(Delivery.state == DeliveryState.SENT)))
        assert sent <= set(server.recipients), "sent means that the server has it"
        missing = {f"c{number}@example.cn" for number in range(RECIPIENTS)} - set(server.recipients)
        uncertain = states.get(DeliveryState.UNCERTAIN, 0)
        assert len(missing) <= uncertain, "nobody lost in silence"
    figures(
        f"F2 {db.engine.dialect.name}: {RECIPIENTS} recipients, {KILLS} kills -9 of the worker: 0 twice, "
        f"0 lost in silence, {uncertain} uncertain and listed"
    )


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
