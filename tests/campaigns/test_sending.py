"""A campaign from segment to mailbox: who gets it, once; who does not, and why."""

import threading
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import sqlalchemy as sa

from portal import campaigns, jobs
from portal.campaigns import claims
from portal.campaigns.models import Campaign, CampaignState, Delivery, DeliveryState, Suppression
from portal.errors import Conflict
from portal.extensions import db, transaction
from portal.security import Person
from tests.records.test_races import together

BODY = '尊敬的{{ name | default("客户") }}：\n\n**新品**上市，见[目录](https://example.cn/catalogue?a=1&b=2)。'


@pytest.fixture
def campaign(app, people, make) -> Campaign:
    """A draft of Mary's to all enterprises of her office."""
    for number in range(5):
        make("customer", by=people.alice, name=f"客户{number}", email=f"c{number}@example.cn", industry="manufacturing")
    make("customer", by=people.alice, name="无邮箱", industry="manufacturing")
    make("customer", by=people.alice, name="同邮箱", email="c0@example.cn", industry="manufacturing")
    make("customer", by=people.charlie, name="别处", email="far@example.cn", industry="manufacturing")
    from portal import schema

    text = "segment: makers\nlabel: 制造业\non: customer\nwhen: {industry: manufacturing}\n"
    schema.releases.publish_document("segments/makers.yml", text, by=people.admin, note="test")
    written = Campaign(
        name="新品", segment="makers", subject="{{ name }}，您好", body=BODY, sender_name="市场部",
        owner_id=people.mary.id, office_id=people.mary.office_id,
    )  # fmt: skip
    db.session.add(written)
    db.session.commit()
    return written


def run(campaign: Campaign, by) -> dict[str, int]:
    with transaction():
        campaigns.lifecycle.schedule(campaign, None, by=by)
    job_id = db.session.scalar(sa.select(sa.func.max(jobs.Job.id)).where(jobs.Job.kind == "campaigns.send"))
    db.session.commit()
    jobs.run_now(job_id)
    db.session.expire_all()
    return campaigns.lifecycle.by_state(campaign.id)


def test_everybody_in_reach_gets_one_mail(app, people, campaign, settings):
    reached = run(campaign, people.mary)
    assert reached == {DeliveryState.SENT: 5, DeliveryState.SKIPPED: 2}, set(
        db.session.execute(sa.select(Delivery.reason)).scalars()
    )
    assert campaign.state == CampaignState.FINISHED
    assert campaign.audience_size == 7
    mails = [message_from_bytes(file.read_bytes(), policy=default) for file in (settings.instance / "outbox").iterdir()]
    assert sorted(mail["Subject"] for mail in mails) == [f"客户{number}，您好" for number in range(5)]
    first = next(mail for mail in mails if mail["To"].addresses[0].addr_spec == "c3@example.cn")
    plain, rich = first.iter_parts()
    assert "尊敬的客户3：" in plain.get_content()
    assert "<strong>新品</strong>" in rich.get_content()
    assert "example.cn/catalogue" not in rich.get_content(), "the link goes through the counter"
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    reasons = set(db.session.execute(sa.select(Delivery.reason).where(Delivery.state == "skipped")).scalars())
    assert reasons == {"no_address", "same_address"}


def test_suppressed_addresses_are_skipped_at_the_last_moment(app, people, campaign):
    db.session.add(Suppression(address="c1@example.cn", reason="unsubscribed"))
    assert run(campaign, people.mary)[DeliveryState.SENT] == 4


def test_what_a_dead_attempt_held_is_sent_or_uncertain(app, people, campaign):
    with transaction():
        campaigns.lifecycle.schedule(campaign, None, by=people.mary)
        campaigns.lifecycle.begin(campaign.id)
    dead = claims.claim(campaign.id, "dead", limit=3)
    with claims.Ledger("dead") as ledger:
        assert ledger.begin(dead[0])
        ledger.end(dead[0], claims.Outcome(DeliveryState.SENT))
        assert ledger.begin(dead[1])
    # Here the worker was killed: the first is sent, the second may be, the third was only claimed.
    assert claims.recover(campaign.id, "alive") == 1
    states = [db.session.get(Delivery, one.id).state for one in dead]
    assert states == [DeliveryState.SENT, DeliveryState.UNCERTAIN, DeliveryState.PENDING]
    with claims.Ledger("dead") as ledger:
        assert not ledger.begin(dead[2]), "the dead one cannot begin what another may take over"


def test_pause_gives_back_and_cancel_skips(app, people, campaign):
    with transaction():
        campaigns.lifecycle.schedule(campaign, None, by=people.mary)
        campaigns.lifecycle.begin(campaign.id)
        campaigns.lifecycle.pause(campaign, by=people.mary)
        campaigns.lifecycle.cancel(campaign, by=people.mary)
    assert campaigns.lifecycle.by_state(campaign.id) == {DeliveryState.SKIPPED: 7}


def test_a_cancelled_campaign_stays_so_whoever_moves_it_at_once(app, people, campaign):
    with transaction():
        campaigns.lifecycle.schedule(campaign, None, by=people.mary)
        campaigns.lifecycle.begin(campaign.id)
    mary, number = people.mary.id, campaign.id

    read = threading.Event()  # by who cancels; who pauses reads then and writes last, unless made to wait

    def cancel():
        with transaction():
            by = db.session.get_one(Person, mary)
            held = campaigns.figures.hold(number, by)
            read.set()
            campaigns.lifecycle.cancel(held, by=by)

    def pause():
        read.wait(30)
        with transaction():
            by = db.session.get_one(Person, mary)
            campaigns.lifecycle.pause(campaigns.figures.hold(number, by), by=by)

    _cancelled, refused = together(app, [cancel, pause])
    assert isinstance(refused, Conflict)
    db.session.expire_all()
    assert campaign.state == CampaignState.CANCELLED


def test_opens_and_clicks_are_counted_once_for_people(app, people, campaign):
    run(campaign, people.mary)
    delivery = db.session.execute(sa.select(Delivery).where(Delivery.state == "sent")).scalars().first()
    delivery.sent_at -= timedelta(days=300)
    token = campaigns.tracking.signatures().token(delivery.id)
    guest = app.test_client()
    person = {"User-Agent": "Mozilla/5.0"}
    assert guest.get(f"/t/o/{token}.gif", headers=person).status_code == 200
    answer = guest.get(f"/t/c/{token}/0", headers=person)
    assert (answer.status_code, answer.location) == (302, "https://example.cn/catalogue?a=1&b=2")
    guest.get(f"/t/c/{token}/0", headers={"User-Agent": "SafeLinks scanner"})
    db.session.refresh(delivery)
    assert (delivery.opens, delivery.clicks) == (1, 1)
    assert campaigns.figures.machine_touches(campaign.id) == 1
    assert campaigns.figures.clicks_by_link(campaign) == [("https://example.cn/catalogue?a=1&b=2", 1, 1)]
    assert guest.get(f"/t/c/{token}/7", headers=person).status_code == 404
    assert guest.get(f"/t/c/{token}x/0", headers=person).status_code == 404


def test_leaving_needs_a_yes_and_no_sign_in(app, people, campaign):
    run(campaign, people.mary)
    delivery = db.session.execute(sa.select(Delivery).where(Delivery.state == "sent")).scalars().first()
    token = campaigns.tracking.signatures().token(delivery.id)
    guest = app.test_client()
    assert guest.get(f"/u/{token}").status_code == 200
    cut_off = guest.get(f"/u/{token[:-6]}")
    assert (cut_off.status_code, "链接打不开" in cut_off.text) == (404, True)
    assert db.session.get(Suppression, delivery.address) is None
    assert guest.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"}).status_code == 200
    db.session.rollback()
    assert db.session.get(Suppression, delivery.address).reason == "unsubscribed"


def test_a_draft_is_proved_as_real_recipients_and_tested(app, people, campaign, settings):
    proofs = campaigns.rehearsal.proofs(campaign, people.mary)
    assert [proof.subject for proof in proofs] == ["客户0，您好", "客户1，您好", "客户2，您好"]
    assert "<strong>新品</strong>" in proofs[0].body
    campaigns.rehearsal.send_test(campaign, "mary@example.cn", people.mary)
    (mail,) = (
        message_from_bytes(file.read_bytes(), policy=default) for file in (settings.instance / "outbox").iterdir()
    )
    assert mail["To"] == "<mary@example.cn>" or mail["To"].addresses[0].addr_spec == "mary@example.cn"
    assert campaigns.lifecycle.by_state(campaign.id) == {}


def test_campaigns_stay_in_their_office(app, people, campaign, as_):
    assert as_(people.mary).get(f"/campaigns/{campaign.id}").status_code == 200
    assert as_(people.alice).get(f"/campaigns/{campaign.id}").status_code == 403
