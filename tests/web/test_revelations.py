"""Behind a mask: by click, with a reason, for who may; kept in the audit log."""

import pytest

from portal import audit
from portal.extensions import db
from tests.records.sealed import CARD

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
ADDRESS = "/contacts/{}/fields/id_number/revelation"
PIECE = {"HX-Request": "true", "HX-Target": "cell-id_number"}


@pytest.fixture
def contact(make, people, app):
    app.config["WTF_CSRF_ENABLED"] = False
    customer = make("customer", by=people.alice, name="华信通达")
    return make("contact", by=people.alice, name="张三", customer=customer.id, id_number=CARD)


def deeds():
    return list(db.session.scalars(audit.lines(action="field.revealed")))


def test_an_agent_looks_behind_the_mask_with_a_reason(contact, people, as_):
    erin = as_(people.erin)
    page = erin.get(f"/contacts/{contact.id}").text
    assert CARD not in page and "••002X" in page and "revelation" in page
    address = ADDRESS.format(contact.id)
    asked = erin.get(address, headers=PIECE).text
    assert CARD not in asked and "<html" not in asked and 'name="reason"' in asked
    for sent, status in (({}, 422), ({"reason": "x"}, 422), ({"reason": "other", "note": " "}, 422)):
        answer = erin.post(address, data=sent, headers=PIECE)
        assert answer.status_code == status and CARD not in answer.text
    assert deeds() == []
    shown = erin.post(address, data={"reason": "identity", "note": "退款 8123"}, headers=PIECE)
    assert CARD in shown.text and "delay:30s" in shown.text and "no-store" in shown.headers["Cache-Control"]
    (deed,) = deeds()
    assert (deed.by_id, deed.entity, deed.record_id) == (people.erin.id, "contact", contact.id)
    assert (deed.data, deed.reason) == ({"field": "id_number", "reason": "identity"}, "退款 8123")
    back = erin.get(address + "?hidden=1", headers=PIECE).text
    assert CARD not in back and "••002X" in back
    admin = as_(people.admin)
    told = admin.get("/audit/?action=field.revealed").text
    assert "退款 8123" in told
    who = admin.get(f"/audit/looks?entity=contact&record={contact.id}").text
    assert who.count("Mask lifted") == 1 and "Behind a mask" not in who, "one deed, told once"
    address = f"/audit/looks.csv?entity=contact&record={contact.id}"
    rows = [row for row in admin.post(address).get_data(as_text=True).splitlines() if "Erin" in row]
    assert len([row for row in rows if "Mask lifted" in row or "Behind a mask" in row]) == 1


def test_without_javascript_it_is_a_page_that_leads_back(contact, people, as_):
    erin, address = as_(people.erin), ADDRESS.format(contact.id)
    asked = erin.get(address).text
    assert "<html" in asked and 'name="reason"' in asked
    shown = erin.post(address, data={"reason": "contact"}).text
    assert CARD in shown and f'http-equiv="refresh" content="30;url=/contacts/{contact.id}"' in shown


def test_where_no_mask_stands_or_not_for_them_there_is_nothing_to_show(contact, people, as_, make):
    address = ADDRESS.format(contact.id)
    for who in ("alice", "mary", "charlie"):  # reads it, from whom it is hidden, from elsewhere
        client = as_(getattr(people, who))
        assert client.get(address).status_code == 404
        assert client.post(address, data={"reason": "contact"}).status_code == 404
    assert deeds() == []
    customer = make("customer", by=people.alice, name="B", phone="13800138000").id
    mary, address = as_(people.mary), f"/customers/{customer}/fields/phone/revelation"
    assert "revelation" not in mary.get(f"/customers/{customer}").text
    assert mary.get(address).status_code == 403
    assert mary.post(address, data={"reason": "contact"}).status_code == 403
    assert as_(people.erin).get(f"/contacts/{contact.id}/fields/nothing/revelation").status_code == 404
    assert "revelation" not in as_(people.erin).get("/contacts?columns=name,id_number").text  # lists show masks alone


def test_so_many_an_hour(contact, people, as_, app, monkeypatch):
    monkeypatch.setitem(app.config["PORTAL"].__dict__, "reveals_per_hour", 2)
    erin, address = as_(people.erin), ADDRESS.format(contact.id)
    told = [erin.post(address, data={"reason": "contact"}, headers=PIECE) for _ in range(3)]
    assert [answer.status_code for answer in told] == [200, 200, 429]
    assert CARD not in told[2].text and len(deeds()) == 2
