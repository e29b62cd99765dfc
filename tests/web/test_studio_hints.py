"""The studio says which documents and tags nobody uses, as a hint that stands in nobody's way."""

import re

import pytest

from portal.campaigns.models import Campaign
from portal.extensions import db
from tests.web.studio import TIER, keep, post, text_of

CALENDAR = "calendar: zz_spare\nlabel: {zh: 备用, en: Spare}\nweek: {monday: ['09:00-12:00']}\n"


@pytest.fixture
def admin(as_, people):
    return as_(people.admin)


def shelved(client, path):
    """The line of a document on the shelf."""
    (line,) = re.findall(rf'<a class="doc[^>]*/studio/documents/{path}".*?</a>', client.get("/studio/").text, re.DOTALL)
    return line


def notes(client, path):
    return re.findall(
        r'<p class="doc-note">.*?</svg>(.*?)</p>', client.get(f"/studio/documents/{path}").text, re.DOTALL
    )


def test_what_nobody_uses_is_told_on_the_shelf_and_beside_the_document(admin):
    assert "Unused" in shelved(admin, "messages/win_back") and "No workflow sends" in shelved(
        admin, "messages/win_back"
    )
    assert "Unused" not in shelved(admin, "tiers/customer_tier")
    (why,) = notes(admin, "messages/win_back")
    assert "No workflow sends this message" in why
    assert "All right" in admin.get("/studio/documents/messages/win_back").text  # a hint is no problem
    assert notes(admin, "messages/win_back/form") == [why]
    (tags,) = notes(admin, "tags/need")
    assert "价格敏感" in tags


def test_a_campaign_uses_its_segment(app, admin):
    assert "No campaign has ever used" in shelved(admin, "segments/vip_customers")
    db.session.add(Campaign(name="c", segment="vip_customers", subject="s", body="b"))
    db.session.commit()
    assert "Unused" not in shelved(admin, "segments/vip_customers")
    assert notes(admin, "segments/vip_customers") == []


def test_the_draft_is_looked_at_and_not_while_it_is_wrong(admin):
    post(admin, "/studio/documents/calendars/zz_spare", {"text": CALENDAR})
    assert "Times are counted in the first calendar" in shelved(admin, "calendars/zz_spare")
    text = text_of(admin, "/studio/documents/segments/vip_customers")
    post(admin, "/studio/documents/segments/vip_customers", {"text": text.replace("when:", "wenn:")})
    assert "Unused" not in admin.get("/studio/").text  # what is wrong may hide a use


def test_rules_are_tried_on_the_past_from_where_they_are_changed(admin):
    """Beside the document, as form and as text, and before publishing; not among the help."""
    action = 'action="/studio/{}/backtests"'
    for way in ("", "/form"):
        page = admin.get(f"/studio/documents/tiers/customer_tier{way}").text
        assert action.format("tiers/customer_tier") in page.partition('<details class="panel guide">')[0]
        assert "/backtests" not in admin.get(f"/studio/documents/segments/vip_customers{way}").text
    keep(admin, TIER, ("gte: 100000", "gte: 50000"))
    keep(admin, "/studio/documents/segments/vip_customers", ("segment:", "# x\nsegment:"))
    review = admin.get("/studio/review").text
    assert review.count("/backtests") == 1 and action.format("tiers/customer_tier") in review
    assert "/studio/entities/customer/fields" in admin.get("/studio/documents/entities/customer").text
