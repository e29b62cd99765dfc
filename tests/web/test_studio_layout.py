"""The layout editor at its door: acts go into the draft, the preview follows, rights hold in it."""

import re

import pytest

from portal.blueprints.studio.forms import stamp_of
from portal.extensions import db
from portal.schema import drafts, releases
from portal.security.models import Person, PersonRole
from tests.schema.docs import designer, publish

LAYOUT = "/studio/entities/customer/layout"
CUSTOMER = "entities/customer.yml"
PIECE = {"HX-Request": "true", "HX-Target": "layout"}


@pytest.fixture(autouse=True)
def plain(app) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def engine_name() -> str:
    """The editor asks the engine for nothing."""
    return "sqlite"


@pytest.fixture
def admin(as_, people, make):
    make("customer", by=people.alice, name="华信通达", phone="13800138000", city="上海")
    return as_(people.admin)


def stamp(page: str) -> str:
    return re.search(r'name="stamp" value="([^"]+)"', page)[1]


def act(client, word: str, query: str = "", headers=PIECE, **more: str):
    db.session.commit()
    with client.application.app_context():
        now = stamp_of(drafts.workspace(Person(id=1)).documents[CUSTOMER])
    return client.post(f"{LAYOUT}{query}", data={"stamp": now, "act": word, **more}, headers=headers)


def lanes(page: str) -> dict[str, list[str]]:
    found = re.findall(r'data-lane="(\w+)" data-group="(\w+)".*?>(.*?)</ul>(?=\s*</div>)', page, re.DOTALL)
    return {f"{group}/{lane}": re.findall(r'data-card="(\w+)"', cards) for lane, group, cards in found}


def text_of(people) -> str:
    return drafts.workspace(people.admin).documents[CUSTOMER]


def test_every_field_stands_in_a_lane_or_in_the_tray(admin):
    found = lanes(admin.get(LAYOUT).text)
    assert found["fields/0"][:2] == ["name", "short_name"]
    assert {"tier", "created_at"} <= set(found["fields/tray"]) and "id" not in found["fields/tray"]
    listed = lanes(admin.get(f"{LAYOUT}?part=list").text)
    assert listed["columns/columns"][0] == "name" and "phone" in listed["columns/tray"]
    detail = lanes(admin.get(f"{LAYOUT}?part=detail").text)
    assert detail["panels/main"] == ["facts", "related"] and detail["tabs/tray"][0] == "timeline"


def test_an_act_goes_into_the_draft_says_so_and_is_undone(admin, people):
    answer = act(admin, "move/fields/phone/0/kind")
    assert answer.headers["HX-Trigger-After-Settle"] == "layout-changed"
    assert "Phone stands in Basics, place 3 of " in answer.text
    assert "fields: [name, short_name, phone, kind," in text_of(people)
    assert "layout" in [change.kind for change in releases.preview(drafts.workspace(people.admin).documents)[1].changes]
    undone = act(admin, "undo")
    assert undone.status_code == 200 and not drafts.workspace(people.admin).edits


def test_many_steps_lead_back_and_forth_and_each_is_kept_with_the_person(admin, people):
    texts = [text_of(people)]
    for word in ("move/fields/phone/0/kind", "add", "drop/1", "step/fields/short_name/up"):
        act(admin, word)
        texts.append(text_of(people))
    act(admin, "move/columns/phone/columns", "?part=list", headers={})
    assert act(admin, "undo").headers["HX-Redirect"] == f"{LAYOUT}?part=list", "where that change was made"
    for text in reversed(texts[:-1]):
        act(admin, "undo")
        assert text_of(people) == text
    assert not drafts.workspace(people.admin).edits
    assert "There is nothing to take back" in act(admin, "undo").text
    for text in texts[1:]:
        act(admin, "redo")
        assert text_of(people) == text
    act(admin, "undo", headers={})
    act(admin, "move/fields/email/0")
    assert "Nothing is left to redo" in act(admin, "redo").text


def test_a_change_by_another_door_ends_the_way_back(admin, people):
    act(admin, "add")
    drafts.write(people.admin, CUSTOMER, text_of(people) + "# a remark\n")
    assert "There is nothing to take back" in act(admin, "undo").text
    assert text_of(people).endswith("# a remark\n")


def test_a_role_shows_what_it_has_otherwise_and_takes_over_what_it_lacks(admin, people):
    seller = "?role=seller"
    assert "Compared with the layout" not in admin.get(f"{LAYOUT}{seller}").text
    for word in ("move/fields/kind/tray", "move/fields/status/tray", "move/fields/phone/0", "move/fields/tier/1"):
        shown = act(admin, word, seller).text
    told = re.sub(r"<[^>]+>", " ", shown[shown.index('id="unlike"') : shown.index("</details>")])
    said = re.sub(r"\s+", " ", told)
    assert "Missing here Kind Status" in said
    assert "Only here Tier" in said and "In another section Phone" in said and "Other order" not in said
    shown = act(admin, "take/fields/status", seller)
    assert "Status stands in Basics, place 4 of" in shown.text
    assert 'id="take-fields-kind"' in shown.text and 'id="take-fields"' not in shown.text
    shown = act(admin, "take/fields", seller).text
    assert lanes(shown)["fields/0"][:5] == ["name", "short_name", "kind", "segment", "status"]
    assert "Missing here" not in shown
    shown = act(admin, "step/fields/name/down", seller).text
    assert "Other order" in shown
    act(admin, "move/columns/city/tray", "?part=list&role=seller")
    assert lanes(act(admin, "take/columns/city", "?part=list&role=seller").text)["columns/columns"].index("city") == 4


def test_without_a_script_buttons_do_the_same(admin, people):
    answer = act(admin, "step/fields/short_name/up", headers={})
    assert answer.status_code == 303 and answer.location.startswith(LAYOUT)
    assert "fields: [short_name, name," in text_of(people)


@pytest.mark.parametrize(
    "word", ["move/fields/nothing/0", "move/x/phone/0", "shift/a/b", "drop/99", "step/fields", "??"]
)
def test_an_act_made_up_changes_nothing(admin, people, word):
    assert act(admin, word).status_code == 200
    assert not drafts.workspace(people.admin).edits


def test_an_act_on_an_older_text_is_refused_and_shows_how_it_stands(admin, people):
    old = stamp(admin.get(LAYOUT).text)
    act(admin, "move/fields/phone/0")
    late = admin.post(LAYOUT, data={"stamp": old, "act": "move/fields/email/0"}, headers=PIECE)
    assert late.status_code == 409 and "changed in another window" in late.text
    assert lanes(late.text)["fields/0"][-1] == "phone" and "email" not in lanes(late.text)["fields/0"]


def preview(client, query: str) -> str:
    return client.get(f"{LAYOUT}/preview{query}").text


def test_the_preview_draws_the_draft_with_a_real_record(admin, people):
    act(admin, "move/fields/short_name/tray", "?role=seller")
    act(admin, "keep", "?role=seller", **{"columns-0": "3", "zh-0": "要点", "en-0": "Essentials"})
    seller = preview(admin, "?part=form&role=seller")
    assert 'value="华信通达"' in seller and 'data-columns="3"' in seller and ">Essentials<" in seller
    assert 'name="short_name"' not in seller and 'name="short_name"' in preview(admin, "?part=form")
    assert "Basics" in preview(admin, "?part=form")
    page = preview(admin, "?part=form&role=seller&look=detail")
    assert "138 0013 8000" in page and 'aria-label="Next steps and standing"' in page
    assert "华信通达" in preview(admin, "?part=list") and releases.current_number() == 1


def test_the_preview_shows_no_more_than_the_role_may_see(admin, as_, people):
    assert 'name="credit_rating"' in preview(admin, "?part=form")
    assert 'name="credit_rating"' not in preview(admin, "?part=form&role=seller")
    listed = act(admin, "move/columns/credit_rating/columns", "?part=list&role=agent")
    assert "Hidden from this role" in listed.text
    assert "Credit rating" not in preview(admin, "?part=list&role=agent")
    assert "138 0013 8000" not in preview(admin, "?part=detail&role=marketer"), "masked"


def test_who_may_not_look_as_a_role_sees_with_their_own_rights(admin, as_, people):
    publish(designer(), by=people.admin)
    people.mary.roles = [PersonRole(role_key="designer")]
    shown = preview(as_(people.mary), "?part=detail&role=admin")
    assert "You may not look as this role" in shown and "华信通达" in shown
    people.charlie.roles = [PersonRole(role_key="designer")]
    assert "No record to show" in preview(as_(people.charlie), "?part=detail&role=admin")


def test_a_document_that_cannot_be_read_leads_to_its_text(admin, people):
    drafts.write(people.admin, CUSTOMER, text_of(people).replace("form:\n", "form: none\nold:\n"))
    page = admin.get(LAYOUT)
    assert page.status_code == 200 and "This layout cannot be read" in page.text
    assert admin.get("/studio/entities/nothing/layout").status_code == 404
    assert admin.get(f"{LAYOUT}?role=nobody").status_code == 404
