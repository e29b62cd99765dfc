"""What jobs make for people speaks the words of offices: reports those of the reader's, mails those of the record's."""

from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from portal.extensions import db
from portal.schema import current
from tests.campaigns.test_sending import campaign, run
from tests.insights.test_making import make_report, read, records_of_two, text_of
from tests.schema.docs import publish, shipped

__all__ = ["campaign", "records_of_two"]  # fixtures

WORDS = {
    "offices/shanghai/entities/customer.yml": "plural: {zh: 客商名册, en: Traders}\n"
    "fields: {industry: {options: {manufacturing: {zh: 沪上制造}, it: {zh: 沪上软件}}}}\n",
    "offices/shanghai/reports/activity.yml": "label: {zh: 沪上月报, en: Shanghai report}\n",
    "offices/shanghai/tiers/customer_tier.yml": "label: {zh: 沪上分层}\nlevels: {vip: {label: {zh: 沪上贵宾}}}\n",
}


@pytest.fixture
def engine_name() -> str:
    """Words do not depend on the engine."""
    return "sqlite"


def test_a_report_speaks_as_the_readers_office_does(records_of_two: None, people: Any) -> None:
    publish({**shipped(), **WORDS})
    ours = make_report(people.dora, people.alice.office, locale="zh")
    text = text_of(read(ours, people.dora))
    assert ours.title == "沪上月报" and "沪上贵宾" in text and "沪上软件" in text
    theirs = make_report(people.charlie, people.charlie, locale="zh")
    text = text_of(read(theirs, people.charlie))
    assert theirs.title != "沪上月报" and "VIP客户" in text and "沪上" not in text
    assert str(current().reports["activity"].label) != "沪上月报", "the job's words end with the job"


def test_a_mail_speaks_as_the_office_of_its_record_does(
    app: Any, people: Any, make: Any, campaign: Any, settings: Any
) -> None:
    segment = "segment: makers\nlabel: 制造业\non: customer\nwhen: {industry: manufacturing}\n"
    publish({**shipped(), **WORDS, "segments/makers.yml": segment})
    campaign.body, campaign.subject, campaign.owner_id = "行业：{{ industry }}", "{{ name }}", people.admin.id
    db.session.commit()
    run(campaign, people.admin)
    bodies = {
        mail["Subject"]: next(mail.iter_parts()).get_content()
        for file in (settings.instance / "outbox").iterdir()
        if (mail := message_from_bytes(file.read_bytes(), policy=default))
    }
    assert "沪上制造" in bodies["客户1"]
    assert "沪上" not in bodies["别处"] and "制造" in bodies["别处"]
