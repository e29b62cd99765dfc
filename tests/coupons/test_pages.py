"""Coupons in the browser: the till, lists within reach, one code, and codes for a record."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from portal import schema
from portal.audit import AuditLine
from portal.coupons import codes, issuing, listing
from portal.coupons.models import Coupon
from portal.extensions import db
from portal.records import timeline
from portal.security import SYSTEM
from tests.coupons.test_coupons import issued


@pytest.fixture
def engine_name() -> str:
    """What a page says hangs on no engine."""
    return "sqlite"


@pytest.fixture(autouse=True)
def plain(app: Any) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def customer(make: Any, people: Any) -> Any:
    return make("customer", name="甲公司", owner=people.alice.id, email="li@kehu.example.com")


def problem(page: Any) -> str:
    found = re.search(r'id="coupon-error" role="alert">([^<]+)<', page.text)
    assert found, page.status
    return found[1]


def test_a_seller_issues_on_the_page_of_a_record_and_redeems_at_the_till(customer: Any, people: Any, as_: Any) -> None:
    alice, at = as_(people.alice), f"/customers/{customer.id}"
    assert f'action="{at}/coupons"' in alice.get(at).text
    assert "No code was issued yet" in alice.get("/coupons/").text
    assert alice.post(f"{at}/coupons", data={"document": "win_back"}).status_code == 303
    one = db.session.scalars(sa.select(Coupon)).one()
    page = alice.get(at).text
    assert one.written in page  # in the toast, once
    assert f'href="/coupons/{one.id}"' in page
    seen = alice.get("/coupons/").text
    assert one.written in seen
    assert "甲公司" in seen
    looked = alice.post("/coupons/redemptions", data={"code": one.written, "look": "1"})
    assert (looked.status_code, looked.location) == (303, f"/coupons/{one.id}")
    form = {"code": one.written.lower().replace("-", " "), "note": "SO-88", "_once": "k" * 20}
    for _ in range(2):  # a double click
        done = alice.post("/coupons/redemptions", data=form)
        assert (done.status_code, done.location) == (303, f"/coupons/{one.id}")
    told = alice.get(f"/coupons/{one.id}").text
    assert "SO-88" in told
    assert "Alice" in told
    again = as_(people.bob).post("/coupons/redemptions", data={"code": one.written})
    assert again.status_code == 409
    assert "Alice" in problem(again)
    assert alice.post(f"/coupons/{one.id}/return").status_code == 303
    assert alice.post(f"/coupons/{one.id}/redemption", data={"note": "SO-89"}).status_code == 303
    assert alice.post(f"/coupons/{one.id}/withdrawal").status_code == 303  # which a toast refuses
    db.session.expire_all()
    assert (one.state, one.note) == ("redeemed", "SO-89")
    for _ in range(2):
        assert alice.post(f"{at}/coupons", data={"document": "win_back"}).status_code == 303
    assert len(db.session.scalars(sa.select(Coupon.id)).all()) == 2  # at most
    item = timeline.entries(customer, people.alice)[0]
    assert {item.kind, item.link} == {"coupon", f"/coupons/{one.id + 1}"}


def test_the_till_says_what_is_wrong(customer: Any, people: Any, as_: Any) -> None:
    alice = as_(people.alice)
    one = issued(customer, people.alice)
    typo = one.code[:-1] + next(sign for sign in codes.SIGNS if sign != one.code[-1])
    said = [
        (alice.post("/coupons/redemptions", data={"code": text}), status)
        for text, status in (("BACK-ABCD", 422), (typo, 422), (codes.new(), 409), ("", 422))
    ]
    assert [page.status_code for page, _status in said] == [status for _page, status in said]
    assert len({problem(page) for page, _status in said[:3]}) == 3
    assert typo in said[1][0].text
    alice.post(f"/coupons/{one.id}/withdrawal")
    gone = alice.post("/coupons/redemptions", data={"code": one.written})
    assert "withdrawn" in problem(gone)
    assert one.state == "withdrawn"


def test_lists_numbers_and_pages_stay_within_reach(
    customer: Any, people: Any, as_: Any, make: Any, monkeypatch: Any
) -> None:
    one = issued(customer, people.alice)
    other = issued(make("customer", name="丙公司", owner=people.charlie.id), people.charlie)
    charlie = as_(people.charlie)
    page = charlie.get("/coupons/").text
    assert other.written in page
    assert one.written not in page
    assert charlie.get(f"/coupons/{one.id}").status_code == 404
    assert charlie.post("/coupons/redemptions", data={"code": one.written}).status_code == 409
    for deed in ("redemption", "withdrawal", "return"):
        assert charlie.post(f"/coupons/{one.id}/{deed}").status_code == 404
    assert charlie.post(f"/customers/{customer.id}/coupons", data={"document": "win_back"}).status_code == 404
    (batch,) = listing.batches(people.charlie)
    assert (batch.document, batch.numbers, batch.out) == ("win_back", {"issued": 1}, 0)
    issuing.issue("win_back", customer, by=people.alice)
    monkeypatch.setattr(listing, "LIMIT", 1)
    first = as_(people.dora).get("/coupons/?document=win_back&state=issued").text
    following = re.search(r'href="(/coupons/\?[^"]*before=\d+)"', first)
    assert following
    assert one.written in as_(people.dora).get(following[1].replace("&amp;", "&")).text
    empty = as_(people.dora).get("/coupons/?state=redeemed")
    assert one.written not in empty.text


def test_codes_are_taken_out_by_who_may(customer: Any, people: Any, as_: Any, make: Any) -> None:
    one = issued(customer, people.alice)
    bob = issued(make("customer", name="乙公司", owner=people.bob.id), people.bob)
    alice = as_(people.alice)
    assert 'action="/coupons/takeout"' in alice.get("/coupons/?document=win_back").text
    file = alice.post("/coupons/takeout", data={"document": "win_back", "state": "issued"})
    assert file.headers["Content-Disposition"].startswith("attachment; filename=win_back-")
    assert one.written in file.text
    assert "甲公司" in file.text
    assert bob.written not in file.text  # whose customer she sees, and may not take out
    assert db.session.scalars(sa.select(AuditLine.data).where(AuditLine.action == "coupon.exported")).one()["rows"] == 1
    assert as_(people.erin).post("/coupons/takeout").status_code == 403
    role = schema.releases.documents(schema.releases.current_number())["roles/manager.yml"] + "limits: {export: 1}\n"
    schema.releases.publish_document("roles/manager.yml", role, by=SYSTEM, note="test")
    assert as_(people.dora).post("/coupons/takeout").status_code == 303
