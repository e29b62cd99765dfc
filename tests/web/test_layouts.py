"""Layouts at every door: form, record page, list, menu; they arrange and never give a right."""

import re

import pytest

from portal.schema import directory, releases
from portal.security import SYSTEM
from portal.security.models import PersonRole

CUSTOMER = "entities/customer.yml"
SELLER = """
layouts:
  seller:
    form:
      - section: {zh: 要点, en: Essentials}
        fields: [short_name, phone, credit_rating, remark]
        columns: 3
        wide: [phone]
      - section: {zh: 归属, en: Ownership}
        fields: [owner, city]
        folded: true
    list: {columns: [name, phone, credit_rating], opens: board, sort: [name], where: {city: 上海, credit_rating: a}}
    detail: {main: [related, facts], rail: [keepers], tabs: [order, timeline]}
  manager:
    form: [{section: {zh: 主管, en: Management}, fields: [name]}]
"""
HIDDEN = ("fields:\n  customer.credit_rating: read", "fields:\n  customer.credit_rating: hide")


@pytest.fixture(autouse=True)
def laid_out(app) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    documents = directory.load()
    documents[CUSTOMER] += SELLER
    documents["roles/seller.yml"] = documents["roles/seller.yml"].replace(*HIDDEN)
    releases.publish(documents, by=SYSTEM, note="", expected_release=1)


@pytest.fixture
def engine_name() -> str:
    """Layouts ask the engine for nothing."""
    return "sqlite"


@pytest.fixture
def customer(make, people):
    return make("customer", by=people.alice, name="华信通达", phone="13800138000", city="上海")


def sections(page: str) -> list[str]:
    found = re.findall(r'<legend>([^<]+)|<summary class="form-section-title">([^<]+)', page)
    return [one or other for one, other in found]


def inputs(page: str) -> set[str]:
    return set(re.findall(r'name="([a-z_]+)"', page.partition('id="form-parts"')[2].partition("form-actions")[0]))


def test_a_form_follows_the_role_of_its_reader(as_, people, customer) -> None:
    page = as_(people.alice).get(f"/customers/{customer.id}/edit").text
    assert sections(page) == ["Essentials", "Ownership"]
    assert 'class="form-grid" data-columns="3"' in page and '<details class="form-section keeps-open"' in page
    assert re.search(r'<div class="field wide"[^>]*>\s*<label for="(field_)?phone"', page)
    assert "credit_rating" not in inputs(page), "a layout gives no right"
    assert sections(as_(people.admin).get(f"/customers/{customer.id}/edit").text)[0] == "Basics"


def test_what_must_be_filled_in_is_asked_for_though_the_layout_leaves_it_out(as_, people, customer) -> None:
    client = as_(people.alice)
    page = client.get("/customers/new").text
    assert sections(page) == ["Essentials", "Ownership", "Also needed"] and "name" in inputs(page)
    refused = client.post("/customers/new", data={"phone": "13800138001", "name": ""})
    assert refused.status_code == 422 and "Enter Name." in refused.text
    saved = client.post("/customers/new", data={"phone": "13800138001", "name": "鼎盛"})
    assert saved.status_code == 303
    changed = client.post(f"/customers/{customer.id}/edit", data={"short_name": "华信", "version": customer.version})
    assert changed.status_code == 303, "the name there is already need not be sent"


def test_the_record_page_shows_the_panels_tabs_and_sections_of_the_role(as_, people, customer) -> None:
    page = as_(people.alice).get(f"/customers/{customer.id}").text
    assert re.findall(r'class="tab" id="tab-(\w+)"', page) == ["order", "timeline"]
    assert page.index('id="tab"') < page.index("Essentials")
    assert "Why this level" not in page and "Responsible" in page
    assert "<summary>Ownership</summary>" in page and "All details" not in page
    assert "Credit rating" not in page
    whole = as_(people.admin).get(f"/customers/{customer.id}").text
    assert "All details" in whole and "Why this level" in whole and 'id="tab-contact"' in whole


def test_the_list_has_the_columns_and_the_order_of_the_role_and_the_menu_opens_its_way(as_, people, make) -> None:
    for name in ("B", "A", "C"):
        make("customer", by=people.alice, name=name, phone="13800138000")
    page = as_(people.alice).get("/customers").text
    assert re.findall(r'id="sort-(\w+)"|scope="col" class="">(\w[^<]*)</th>', page)[0][0] == "name"
    assert "Phone" in page and "Industry</th>" not in page and ">Credit rating</th>" not in page
    assert re.findall(r'class="row-link"[^>]*>(\w)<', page) == ["A", "B", "C"]
    city = "%E4%B8%8A%E6%B5%B7"  # a filter by what the person may not read is left out
    assert f'href="/customers/board?f.city=eq:{city}"' in page.partition("nav-scroll")[2].partition("</nav>")[0]
    assert 'class="nav-entry" href="/customers"' in as_(people.admin).get("/customers").text


def test_the_first_layout_named_counts_for_who_holds_several_roles(as_, people, customer) -> None:
    people.dora.roles.append(PersonRole(role_key="seller"))
    page = as_(people.dora).get(f"/customers/{customer.id}/edit").text
    assert sections(page)[0] == "Essentials"
    assert "credit_rating" in inputs(page), "the rights are those of both roles"
