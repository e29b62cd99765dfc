"""The studio: an admin adds a field and moves a threshold, sees what it does, publishes and goes back."""

import re

import pytest

from portal import create_app, records
from portal.schema import drafts, releases
from portal.security import SYSTEM, sessions
from tests.conftest import Browser
from tests.web.studio import INTENT, TIER, add_intent, header_of, keep, post, publish, text_of

CUSTOMER = "/studio/documents/entities/customer"


@pytest.fixture
def admin(as_, people):
    return as_(people.admin)


def test_the_shelf_shows_every_document(admin):
    page = admin.get("/studio/").text
    for word in ("customer_tier", "key_customer_silence", "annual_spend", "Release 1", "What ships"):
        assert word in page


def test_only_who_may_edit_comes_in(as_, people):
    assert as_(people.alice).get("/studio/").status_code == 403
    assert as_(people.dora).get("/studio/review").status_code == 403


def test_a_field_is_added_by_form_with_comments_kept(admin, people):
    answer = add_intent(admin)
    assert answer.status_code == 303
    text = drafts.workspace(people.admin).documents["entities/customer.yml"]
    assert text.startswith("# 客户: enterprises and persons who buy, or may.")
    assert "  intent:\n    type: choice\n    label: {zh: 合作意向, en: Intent}\n" in text
    assert "high: {zh: 高, en: High}" in text
    line = int(answer.headers["Location"].rpartition("#L")[2])
    assert text.splitlines()[line - 1] == "  intent:"


WRONG = [
    ({"label_zh": ""}, "Give a label."),
    ({"key": "Intent!"}, "Use small letters"),
    ({"label_en": "Name"}, "There is a field with this key already."),
    ({"options": " "}, "Give at least one option."),
    ({"type": "nonsense"}, "Not a valid choice"),
    ({"type": "reference", "to": "nothing"}, "Choose what it points to."),
]


def test_a_wrong_field_is_explained_and_not_kept(admin, people):
    for change, message in WRONG:
        answer = post(admin, "/studio/entities/customer/fields/new", INTENT | change)
        assert (answer.status_code, message in answer.text) == (422, True), message
    assert drafts.of(people.admin) is None


def test_a_field_of_texts_may_be_encrypted(admin, people):
    page = admin.get("/studio/entities/customer/fields/new").text
    assert 'name="encrypted"' in page and "it cannot be sorted by" in page
    given = {"label_zh": "证件", "label_en": "Paper", "type": "text", "encrypted": "y", "section": "-1"}
    refused = post(admin, "/studio/entities/customer/fields/new", given | {"sortable": "y"})
    assert refused.status_code == 422 and "an encrypted field cannot be sorted by" in refused.text
    refused = post(admin, "/studio/entities/customer/fields/new", given | {"type": "date"})
    assert refused.status_code == 422 and "a field of this type cannot be encrypted" in refused.text
    assert post(admin, "/studio/entities/customer/fields/new", given).status_code == 303
    text = drafts.workspace(people.admin).documents["entities/customer.yml"]
    assert "  paper:\n    type: text\n    label: {zh: 证件, en: Paper}\n    encrypted: true\n" in text


def test_a_reference_says_what_it_points_to(admin, people):
    given = {"label_zh": "推荐人", "label_en": "Referrer", "type": "reference", "to": "customer", "section": "-1"}
    assert post(admin, "/studio/entities/customer/fields/new", given).status_code == 303
    text = drafts.workspace(people.admin).documents["entities/customer.yml"]
    assert "  referrer:\n    type: reference\n    label: {zh: 推荐人, en: Referrer}\n    to: customer\n" in text


def test_what_an_author_types_is_never_html(admin):
    text = text_of(admin, TIER).replace("annual_spend:", "<img src=x>:", 1)
    piece = post(admin, f"{TIER}/check", {"text": text}).text
    assert "&lt;img src=x&gt;" in piece
    assert "<img" not in piece


def test_wrong_yaml_is_told_with_line_and_nearest_word_all_at_once(admin):
    text = text_of(admin, TIER).replace("annual_spend: {gte: 100000}", "anual_spend: {gte: 80000}", 1)
    text = text.replace("strategy:", "strategie:", 1).replace("30%", "viel", 1)
    answer = post(admin, f"{TIER}/check", {"text": text}, headers={"HX-Request": "true"})
    piece = answer.text
    assert "<html" not in piece
    for words in ("unknown field &#34;anual_spend&#34;", "did you mean &#34;annual_spend&#34;?", "unknown key"):
        assert words in piece
    lines = text.splitlines()
    wanted = [number for number, line in enumerate(lines, 1) if re.search("anual_spend|strategie|viel", line)]
    assert [int(line) for line in re.findall(r'data-line="(\d+)"', piece)] == wanted
    assert text_of(admin, TIER) != text, "looking keeps nothing"


def test_an_error_elsewhere_leads_to_that_document(admin):
    keep(admin, CUSTOMER, ("\n  website:", "\n  web_site:"))
    page = admin.get("/studio/review").text
    assert "/studio/documents/entities/customer#L" in page
    assert "did you mean &#34;web_site&#34;?" in page
    assert publish(admin).status_code == 422
    assert releases.current_number() == 1


@pytest.fixture
def customers(make, people):
    """Three customers with a lifetime of orders: 60,000, 20,000 and nothing."""
    made = [make("customer", by=people.alice, name=name) for name in ("六万", "两万", "没有")]
    for customer, amount in zip(made, (30000, 10000), strict=False):
        for day in (1, 2):
            make(
                "order",
                by=people.alice,
                number=f"{customer.id}-{day}",
                customer=customer.id,
                ordered_on=_days_ago(day),
                amount=amount,
            )
    return made


def _days_ago(days):
    from datetime import timedelta

    from portal import clock

    return clock.today() - timedelta(days=days)


def test_lowering_a_threshold_shows_who_would_move(admin, customers, people):
    assert records.fetch("customer", customers[0].id, SYSTEM)["tier"] == "key"
    keep(admin, TIER, ("annual_spend: {gte: 100000}", "annual_spend: {gte: 50000}"))
    page = admin.get("/studio/review").text
    assert re.search(r'class="matrix-moved">1<', page)
    assert "of 3 records would change their level" in page
    assert "diff-minus" in page and "annual_spend: {gte: 50000}" in page
    assert records.fetch("customer", customers[0].id, SYSTEM)["tier"] == "key", "looking changes nothing"


def test_the_story_of_a_field(app, admin, customers, people, settings):
    """Published, it is on form, list, filter, import and export at once, in every worker; rolled back, it is gone."""
    other = create_app(settings)
    other.test_client_class = Browser
    second = other.test_client()
    token = sessions.open_session(people.admin)
    with second.session_transaction() as session:
        session["_user_id"], session["_fresh"], session["sign_in"] = str(people.admin.id), True, token
    assert "Intent" not in second.get("/customers/new").text

    add_intent(admin)
    assert publish(admin, "Ask for the intent").headers["Location"].endswith("/studio/releases/2")
    for client in (admin, second):
        assert 'name="intent"' in client.get("/customers/new").text
        assert "Intent" in client.get("/customers").text
        assert "Intent" in header_of(client.get("/imports/template/customers.xlsx").data)
    first = customers[0]
    with app.test_request_context():
        record = records.fetch("customer", first.id, SYSTEM, "edit")
        records.save(record, {"intent": "high"}, by=SYSTEM)
    assert [name in second.get("/customers?f.intent=in:high").text for name in ("六万", "两万")] == [True, False]
    sent = post(second, "/exports/", {"entity": "customer", "query": "", "format": "xlsx"})
    assert "Intent" in header_of(sent.data)

    back = post(admin, "/studio/releases/1/restoration", {"expected": "2"})
    assert back.headers["Location"].endswith("/studio/releases/3")
    for client in (admin, second):
        assert "Intent" not in client.get("/customers/new").text
        assert "Intent" not in client.get("/customers").text
    page = admin.get("/studio/releases/2").text
    assert "Comes back" in page and "1 value comes back" in page

    add_intent(admin)
    publish(admin, "Once more")
    assert "六万" in second.get("/customers?f.intent=in:high").text
    _dispose(other)


def _dispose(app):
    from portal.extensions import db

    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_of_two_admins_the_second_sees_the_difference(as_, admin, people, app):
    releases_before = releases.current_number()
    keep(admin, TIER, ("share: 5%", "share: 6%"))
    releases.publish_document("roles/agent.yml", _agent(), by=people.dora, note="Desk")
    answer = publish(admin, "mine")
    assert answer.status_code == 409
    assert "Dora published release 2 after you began." in answer.text
    assert "roles/agent.yml" in answer.text
    assert post(admin, "/studio/draft/move").status_code == 303
    assert publish(admin, "mine").status_code == 303
    assert releases.current_number() == releases_before + 2
    now = releases.documents(3)
    assert "share: 6%" in now["tiers/customer_tier.yml"]
    assert now["roles/agent.yml"] == _agent()


def _agent():
    return releases.documents(1)["roles/agent.yml"] + "# changed\n"


def test_the_draft_is_kept_reverted_and_thrown_away(admin, people):
    keep(admin, TIER, ("share: 5%", "share: 6%"))
    assert "Your draft changes 1 document" in admin.get("/studio/").text
    assert post(admin, f"{TIER}/reversal").status_code == 303
    assert drafts.of(people.admin) is None
    post(admin, "/studio/documents/segments/east_manufacturers/removal")
    assert "Removed" in admin.get("/studio/").text
    post(admin, "/studio/draft/removal")
    assert drafts.of(people.admin) is None


def test_a_new_document_begins_right(admin):
    for kind in (
        "entities",
        "tags",
        "metrics",
        "tiers",
        "workflows",
        "calendars",
        "segments",
        "messages",
        "reports",
        "roles",
    ):
        answer = post(admin, "/studio/documents", {"kind": kind, "key": f"my_{kind}"})
        assert answer.status_code == 303
    page = admin.get("/studio/").text
    assert "Everything fits together." in page
    assert post(admin, "/studio/documents", {"kind": "roles", "key": "No Good"}).status_code == 422
    assert admin.get("/studio/documents/roles/unknown").status_code == 404
    assert admin.get("/studio/documents/nothing/x").status_code == 404


def test_history_names_author_note_and_difference(admin, people):
    keep(admin, TIER, ("share: 5%", "share: 6%"))
    publish(admin, "A wider top")
    page = admin.get("/studio/releases").text
    assert "A wider top" in page and "Admin" in page
    shown = admin.get("/studio/releases/2").text
    assert "share: 6%" in shown and "share: 5%" in shown
    assert admin.get("/studio/releases/2?against=2").status_code == 200
    assert admin.get("/studio/releases/99").status_code == 404
