"""Who may read the audit log is told who saw a record, and what a person saw."""

import csv
import io

import openpyxl
import pytest

from portal import audit
from portal.extensions import db
from portal.looks import Look, Questions
from tests.security import crawler
from tests.security.test_canaries import EMAIL, PHONE_SHOWN, WECHAT, starts, world

__all__ = ["world"]


@pytest.fixture
def shown(people, as_, make):
    """A customer whom Alice saw on its page and Bob in his list, with a contact whom Alice saw."""
    customer = make("customer", by=people.alice, name="谁看公司", phone="13800000001")
    contact = make("contact", by=people.alice, name="王谁", customer=customer.id, phone="13900000002")
    as_(people.alice).get(f"/customers/{customer.id}")
    as_(people.bob).get("/customers?columns=name,phone")
    as_(people.alice).get(f"/contacts/{contact.id}")
    return customer, contact


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_page_of_a_record_leads_to_who_saw_it(people, as_, shown) -> None:
    customer, _contact = shown
    admin = as_(people.admin)
    address = f"/audit/looks?entity=customer&amp;record={customer.id}"
    assert address in admin.get(f"/customers/{customer.id}").text
    assert address not in as_(people.alice).get(f"/customers/{customer.id}").text
    text = admin.get(address.replace("&amp;", "&")).text
    assert "Alice" in text and "Bob" in text and "Record page" in text and "Phone" in text
    assert as_(people.alice).get(address.replace("&amp;", "&")).status_code == 403


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_belongs_to_a_record_comes_with_it_when_asked(people, as_, shown) -> None:
    customer, _contact = shown
    admin = as_(people.admin)
    address = f"/audit/looks?entity=customer&record={customer.id}"
    assert "Mobile" not in admin.get(address).text
    assert "Mobile" in admin.get(f"{address}&related=1").text
    assert "Alice" not in admin.get(f"{address}&since=2099-01-01").text


def test_a_lifted_mask_shows_with_its_reason(people, as_, shown) -> None:
    customer, _contact = shown
    audit.record(
        "field.revealed",
        by=people.mary,
        entity="customer",
        record_id=customer.id,
        data={"field": "email"},
        reason="客户来电核对",
    )
    db.session.commit()
    text = as_(people.admin).get(f"/audit/looks?entity=customer&record={customer.id}").text
    assert "客户来电核对" in text and "Mary" in text and "E-mail" in text


@pytest.mark.parametrize(("form", "engine_name"), [("csv", "sqlite"), ("xlsx", "postgresql")])
def test_every_single_look_can_be_taken_out(app, people, as_, shown, form) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    customer, _contact = shown
    admin = as_(people.admin)
    answer = admin.post(f"/audit/looks.{form}?by={people.alice.id}")
    assert answer.status_code == 200
    if form == "csv":
        rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    else:
        rows = [list(row) for row in openpyxl.load_workbook(io.BytesIO(answer.get_data())).active.values]
    told = {(row[1], row[2], row[3], str(row[4]), row[5]) for row in rows[1:]}
    assert ("Alice", "Record page", "Customer", str(customer.id), "谁看公司") in told
    assert all(row[1] == "Alice" for row in rows[1:])
    taken = db.session.scalars(audit.lines(action="looks.exported")).one()
    assert taken.by_id == people.admin.id
    assert admin.post("/audit/looks.csv").status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_reader_of_another_office_is_told_of_their_own_people_only(people, as_, shown) -> None:
    from portal.security.models import PersonRole

    people.charlie.roles = [PersonRole(role_key="manager")]
    db.session.commit()
    text = as_(people.charlie).get(f"/audit/looks?by={people.alice.id}").text
    assert "谁看" not in text and "Record page" not in text


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_every_page_that_shows_a_guarded_value_leaves_a_look(people, as_, world) -> None:
    """The canaries of the other test, sought at every address: where one stands, its record was noted at that door."""
    near, _far = world
    client = as_(people.alice)
    silent = []
    from flask import current_app

    values = {"wechat": (WECHAT,), "phone": PHONE_SHOWN, "email": (EMAIL,)}
    seen: list[str] = []
    for address, text in crawler.crawl(_fresh(client, current_app, seen), starts(*world), limit=80):
        told = {key for key, shapes in values.items() if any(shape in text for shape in shapes)}
        noted = {key for fields in seen for key in fields.split(",")}
        seen.clear()
        asked = address.split("?")[-1]
        silent += [f"{address} shows {key}" for key in told - noted if not any(s in asked for s in values[key])]
    assert not silent, "\n".join(silent)
    assert Questions().who_saw({"customer": [near.id]})


class _fresh:  # noqa: N801 - stands in for a client
    """A client that tells which fields each request noted, nothing standing from before."""

    def __init__(self, client, app, seen) -> None:
        self.client, self.app, self.seen = client, app, seen
        self.last = 0

    def get(self, address, **more):
        from portal.looks import Sight

        self.app.extensions.get("looks_standing", {}).clear()
        answer = self.client.get(address, **more)
        rows = db.session.query(Look.id, Sight.fields).join(Sight, Sight.id == Look.sight_id)
        found = rows.filter(Look.id > self.last).all()
        self.last = max([self.last, *(id_ for id_, _ in found)])
        self.seen.extend(fields for _, fields in found)
        db.session.rollback()
        return answer
