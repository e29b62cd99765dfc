"""What is hidden from somebody is in no mail that goes out in the name of that person, or to that person (S2)."""

import io
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from pypdf import PdfReader

from portal import campaigns, clock, insights, jobs, schema
from portal.campaigns.models import Campaign
from portal.extensions import db, transaction
from tests.security.test_canaries import EMAIL, FAR, PHONE, PHONE_SHOWN
from tests.security.test_canaries import world as world

ASKS = "{{ name }} {{ phone }} {{ email }} {{ credit_rating }} {{ customer.phone }}"
RATING = ("AAA", "aaa")
NEAR = "near.two@vogel.example"
LINK = re.compile(r"/(?:u|t/[co])/[\w.-]+")  # a signature's letters are chance, and now and then they are AAA


def outbox(settings) -> list[EmailMessage]:
    """The mails that went out."""
    return [message_from_bytes(file.read_bytes(), policy=default) for file in (settings.instance / "outbox").iterdir()]


def readable(mail: EmailMessage) -> str:
    """All that the reader of a mail can see, headers beside the addresses and attached reports included."""
    found = [mail["Subject"], mail["From"]]
    for part in mail.walk():
        if part.get_content_type() == "application/pdf":
            found += [page.extract_text() for page in PdfReader(io.BytesIO(part.get_content())).pages]
        elif part.get_content_maintype() == "text":
            found.append(LINK.sub("", part.get_content()))
    return "\n".join(found)


def do_everything() -> None:
    for job_id in db.session.scalars(db.select(jobs.Job.id).where(jobs.Job.state == "queued")).all():
        assert jobs.run_now(job_id).state == "done"


def send(sender, by) -> None:
    """A campaign to every customer that asks for all that a customer has."""
    text = "segment: everybody\nlabel: 所有客户\non: customer\nwhen: {email: {filled: true}}\n"
    schema.releases.publish_document("segments/everybody.yml", text, by=by, note="")
    with transaction():
        written = Campaign(name="C", segment="everybody", subject=ASKS, body=ASKS, sender_name="市场部")
        written.owner_id, written.office_id = sender.id, sender.office_id
        db.session.add(written)
        db.session.flush()
        campaigns.lifecycle.schedule(written, None, by=sender)
    do_everything()


def test_a_campaign_fills_in_what_its_sender_may_read_and_nothing_else(people, make, world, settings) -> None:
    make("customer", owner=people.alice.id, name="近处二", phone=PHONE, email=NEAR, credit_rating="aaa")
    make("customer", by=people.charlie, name=f"{FAR} 二", email="far.two@vogel.example")
    send(people.mary, people.admin)
    mails = outbox(settings)
    assert sorted(mail["To"].addresses[0].addr_spec for mail in mails) == [EMAIL, NEAR]
    told = "".join(readable(mail) for mail in mails)
    assert "近处二" in told
    assert [canary for canary in (FAR, EMAIL, *RATING, *PHONE_SHOWN) if canary in told] == []


def test_a_sender_who_may_read_it_sends_it(people, make, world, settings) -> None:
    """So that its absence above means something."""
    make("customer", owner=people.alice.id, name="近处二", phone=PHONE, email=NEAR, credit_rating="aaa")
    send(people.admin, people.admin)
    told = "".join(readable(mail) for mail in outbox(settings))
    assert any(shown in told for shown in PHONE_SHOWN)
    assert any(shown in told for shown in RATING)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_mailed_report_holds_what_its_reader_may_see(people, world, settings) -> None:
    period = insights.periods.Period.holding("year", clock.today())
    subject = insights.lens.subject("office", people.charlie.office_id)
    for reader in (people.alice, people.charlie):
        insights.making.ask("activity", subject, period, reader, mailed=True)
    db.session.commit()
    do_everything()
    told = {mail["To"].addresses[0].addr_spec: readable(mail) for mail in outbox(settings)}
    assert FAR not in told[people.alice.email]
    assert FAR in told[people.charlie.email]
