"""Overlays in the studio and on the pages of their offices."""

import pytest
import sqlalchemy as sa

from portal.errors import Invalid
from portal.extensions import db
from portal.schema import releases
from portal.schema.source import read
from portal.security import SYSTEM, Office, offices
from portal.security import people as people_room
from portal.security.models import PersonRole
from tests.schema.docs import publish, shipped
from tests.web.studio import keep, post, text_of

CUSTOMER = "offices/shanghai/entities/customer.yml"
OVERLAY = """label: {zh: 客商, en: Trader}
plural: {zh: 客商, en: Traders}
fields:
  bund: {type: text, label: {zh: 外滩编号, en: Bund number}, filterable: true}
  city: {required: true}
list: {columns: [bund]}
"""
LOCAL = """role: local
label: {zh: 机构管理员, en: Office administrator}
may: [studio.office]
"""


@pytest.fixture
def engine_name():
    """What is shown does not depend on the engine; tests/records/test_overlays.py asks both."""
    return "sqlite"


@pytest.fixture
def local(app, people):
    """Dora, manager in Shanghai, may shape her own office."""
    publish({**shipped(), "roles/local.yml": LOCAL})
    db.session.add(PersonRole(person_id=people.dora.id, role_key="local"))
    db.session.commit()
    return people.dora


def address(person) -> str:
    return f"/studio/offices/{person.office_id}"


def test_pages_speak_as_the_office_does(as_, people, make):
    publish({**shipped(), CUSTOMER: OVERLAY})
    make("customer", name="浦江", city="上海", by=people.alice, bund="B7")
    ours = as_(people.alice)
    page = ours.get("/customers").text
    assert "Traders" in page and "Bund number" in page and "B7" in page
    assert "Bund number" in ours.get("/customers/new").text
    assert "Bund number" in ours.get("/customers/1").text
    theirs = as_(people.charlie)
    assert "Bund number" not in theirs.get("/customers").text and "Customers" in theirs.get("/customers").text
    assert "Bund number" not in theirs.get("/customers/new").text
    assert "Bund number" in as_(people.dora).get("/customers/1/edit").text


def test_an_office_shapes_itself_and_nothing_else(as_, people, local):
    me = as_(local)
    assert me.get("/studio/").status_code == 403
    assert me.get("/studio/offices").headers["Location"].endswith(address(local))
    assert "customer.yml" in me.get(address(local)).text
    elsewhere = address(people.charlie)
    assert me.get(elsewhere).status_code == 404
    assert as_(people.alice).get(address(local)).status_code == 403
    document = f"{address(local)}/documents/entities/customer"
    assert me.get(document).status_code == 200
    assert me.get(f"{address(local)}/documents/calendars/cn_office").status_code == 404
    send(me, local, document, {"act": "set", "at": "fields/city/required", "value": "true"})
    send(me, local, document, {"act": "take", "at": "fields/city/label"})
    send(me, local, document, {"act": "set", "at": "fields/city/label", "value": "{zh: 市, en: Town}"})
    said = read("", text_of(me, document)).tree
    assert said == {"fields": {"city": {"required": True, "label": {"zh": "市", "en": "Town"}}}}
    assert send(me, people.charlie, f"{elsewhere}/releases", {}).status_code == 404
    assert send(me, local, f"{address(local)}/releases", {"note": "上海"}).status_code == 303
    assert releases.documents(releases.current_number())[CUSTOMER].startswith("fields:")
    assert "Town" in me.get("/customers/new").text
    send(me, local, document, {"act": "back", "at": "fields/city/label"})
    send(me, local, document, {"act": "back", "at": "fields/city/required"})
    send(me, local, f"{address(local)}/releases", {})
    assert CUSTOMER not in releases.documents(releases.current_number())


def send(client, person, where, data):
    """Post with the token of the office's own page."""
    import re

    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/").text)
    return client.post(where, data={**data, "csrf_token": token[1]})


def test_what_else_the_draft_holds_goes_on_from_the_new_release(as_, people):
    admin, document = as_(people.admin), f"{address(people.alice)}/documents/entities/customer"
    keep(admin, "/studio/documents/entities/order", ("en: Order", "en: Purchase"))
    send(admin, people.alice, document, {"act": "set", "at": "fields/city/required", "value": "true"})
    assert send(admin, people.alice, f"{address(people.alice)}/releases", {}).status_code == 303
    assert f'/studio/releases/{releases.current_number()}"' in admin.get("/studio/offices").text
    assert "required: true" in text_of(admin, document)
    assert "en: Purchase" in text_of(admin, "/studio/documents/entities/order")


def test_a_loosening_is_told_and_never_published(as_, local):
    me = as_(local)
    document = f"{address(local)}/documents/entities/customer"
    send(me, local, document, {"text": "fields:\n  name: {required: false}\n"})
    assert "an office may not loosen this" in me.get(document).text
    before = releases.current_number()
    refused = send(me, local, f"{address(local)}/releases", {})
    assert refused.status_code == 422 and "an office may not loosen this" in refused.text
    assert releases.current_number() == before
    send(me, local, f"{address(local)}/reversal", {})
    assert "an office may not loosen this" not in me.get(document).text


def test_head_office_sees_who_deviates(as_, people):
    publish({**shipped(), CUSTOMER: OVERLAY, "offices/moon/entities/order.yml": "label: {zh: 月}\n"}, by=people.admin)
    admin = as_(people.admin)
    page = admin.get("/studio/offices").text
    assert "offices/moon/" in page and "上海" in page
    assert f'/studio/releases/{releases.current_number()}"' in page
    assert "own value" in admin.get(address(people.alice)).text
    shown = admin.get(f"{address(people.alice)}/documents/entities/customer").text
    assert "Back to inherited" in shown and "Take over" in shown
    beside = admin.get("/studio/documents/entities/customer").text
    assert "own value" in beside and f"{address(people.alice)}/documents/entities/customer" in beside
    assert post(admin, "/studio/packs/retail").status_code == 303
    assert "fields.birthday" in admin.get("/studio/documents/entities/customer/form").text
    assert "Retail" in admin.get(f"{address(people.alice)}/documents/entities/customer").text


def statements(client, where) -> int:
    """How many statements a page asks."""
    seen: list[str] = []
    note = lambda *args: seen.append(args[2])  # noqa: E731
    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert client.get(where).status_code == 200
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_overlays_cost_the_others_one_small_statement_at_most(as_, people):
    charlie, alice = as_(people.charlie), as_(people.alice)
    charlie.get("/customers")
    before = statements(charlie, "/customers")
    publish({**shipped(), CUSTOMER: OVERLAY})
    db.session.commit()
    for client in (charlie, alice):
        client.get("/customers")
    assert statements(charlie, "/customers") <= before + 1
    assert statements(alice, "/customers") <= before + 1


def test_the_text_of_an_overlay_is_checked_and_completed_while_typing(as_, people, local):
    me = as_(local)
    document = f"{address(local)}/documents/entities/customer"
    text = "fields:\n  name: {required: false}\n"
    told = send(me, local, f"{document}/check", {"text": text}).text
    assert "Line 2" in told and 'data-line="2"' in told and "an office may not loosen this" in told
    assert releases.documents(releases.current_number()).get(CUSTOMER) is None and text not in me.get(document).text

    def words(text: str, at: str = "") -> set[str]:
        place = {"row": text.count("\n"), "column": len(text.rpartition("\n")[2])}
        answer = send(me, local, f"{document}/words", {"text": text, **place})
        return {word["value"] for word in answer.get_json()["words"]}

    assert {"label", "fields", "form", "list"} <= words("") and "search" not in words("")
    assert {"industry", "city"} <= words("fields:\n  ")
    inherited, own = words("fields:\n  city:\n    "), words("fields:\n  mine:\n    ")
    assert "required" in inherited and "type" not in inherited and "unique" not in inherited
    assert {"type", "unique", "label"} <= own
    assert {"marine", "it"} - words("fields:\n  industry:\n    options:\n      ") == {"marine"}
    elsewhere = f"{address(people.charlie)}/documents/entities/customer"
    assert send(me, local, f"{elsewhere}/check", {"text": text}).status_code == 404
    assert send(me, local, f"{elsewhere}/words", {"text": text, "row": 0, "column": 0}).status_code == 404


def test_an_office_moved_under_a_tighter_one_is_refused(as_, people):
    """What it says would no longer hold there; nothing of it is lost in silence."""
    ours, theirs = people.alice.office_id, people.charlie.office_id
    keys = {id_: db.session.get(Office, id_).key for id_ in (ours, theirs)}
    looser = {f"offices/{keys[ours]}/entities/customer.yml": "fields: {employees: {max: 5000}}\n"}
    tighter = {f"offices/{keys[theirs]}/entities/customer.yml": "fields: {employees: {max: 1000}}\n"}
    publish({**shipped(), **looser, **tighter})
    with pytest.raises(Invalid) as refused:
        people_room.save_office(db.session.get(Office, ours), {"key": keys[ours], "parent_id": theirs}, by=SYSTEM)
    assert f"offices/{keys[ours]}/entities/customer.yml:1" in str(refused.value.problems["parent_id"])
    assert db.session.get(Office, ours).parent_id != theirs
    people_room.save_office(db.session.get(Office, theirs), {"key": keys[theirs], "parent_id": ours}, by=SYSTEM)
    assert offices.path_of(theirs)[-2:] == (keys[ours], keys[theirs])
