"""The other side of a single reference: its panel on the record page, and the doors that refuse a ring."""

import json

import pytest

from portal import records, schema
from portal.schema import compiled
from portal.security import SYSTEM
from tests.schema.docs import publish, shipped, with_field

MOVED = "stands above the one you chose"


@pytest.fixture(autouse=True)
def plain(app) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def family(make, people):
    """Head office, branch and the branch's own branch, all kept by Alice."""
    head = make("customer", by=people.alice, name="总公司")
    branch = make("customer", by=people.alice, name="分公司", parent_company=head.id)
    return head, branch, make("customer", by=people.alice, name="支公司", parent_company=branch.id)


def test_a_record_shows_what_points_at_it(family, people, as_, make) -> None:
    head, branch, twig = family
    hidden = make("customer", by=people.charlie, name="机密公司")
    records.save(hidden, {"parent_company": head.id}, by=SYSTEM)
    page = as_(people.alice).get(f"/customers/{head.id}?tab=customer-parent_company").text
    assert "Subsidiaries" in page and f'href="/customers/{branch.id}" data-open>分公司</a>' in page
    assert "支公司" not in page and "机密公司" not in page and "1 in all" in page
    assert f"/customers/new?parent_company={head.id}" in page
    form = as_(people.alice).get(f"/customers/new?parent_company={head.id}").text
    assert f'value="{head.id}"' in form and "总公司" in form
    assert "No Customers yet" in as_(people.alice).get(f"/customers/{twig.id}?tab=customer-parent_company").text


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_who_may_not_read_the_field_sees_no_panel(family, people, as_) -> None:
    path, documents, head = "roles/seller.yml", shipped(), family[0]
    tab = "tab=customer-parent_company"
    assert tab in as_(people.alice).get(f"/customers/{head.id}").text
    told = documents[path] if "\nfields:" in documents[path] else documents[path] + "\nfields:\n"
    hidden = told.replace("\nfields:\n", "\nfields:\n  customer.parent_company: hide\n", 1)
    publish({**documents, path: hidden})
    assert tab not in as_(people.alice).get(f"/customers/{head.id}").text


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_sides_are_told_apart_by_their_field(app, people, as_, make) -> None:
    """An order shows the customer's side by the parent; two more references of orders say which they are."""
    told = {key: side.label.en for key, side in sides("product").items()}
    assert told == {"customer-interests": "Interested customers", "order-product": "Orders"}
    assert sides("contact")["ticket-contact"].label.en == "Tickets"
    publish(with_field(shipped(), "payer: {type: reference, to: customer, label: {zh: 付款方, en: Payer}}"))
    compiled.forget()
    assert sides("customer")["customer-payer"].label.en == "Customers (Payer)"
    assert sides("customer")["customer-parent_company"].label.zh == "下属公司"
    assert sides("customer")["order"].label.en == "Orders"


def sides(entity: str):
    return {side.key: side for side in schema.current().entities[entity].sides()}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_no_door_lets_a_record_stand_above_itself(family, people, as_) -> None:
    head, branch, twig = family
    client, own = as_(people.alice), f"/customers/{head.id}"
    given = {"name": "总公司", "parent_company": str(twig.id)}
    assert MOVED in client.post(f"{own}/edit", data=given).text
    assert MOVED in client.post(f"{own}/cells/parent_company", data={"parent_company": str(twig.id)}).text
    bulk = {"_pick": [head.id, branch.id], "_field": "parent_company", "parent_company": str(twig.id)}
    told = json.loads(client.post("/customers/bulk", data=bulk).headers["HX-Trigger"])["toast"]["message"]
    assert told.startswith("0 records changed. 2 were refused.") and MOVED in told
    assert records.fetch("customer", head.id, SYSTEM)["parent_company"] is None
