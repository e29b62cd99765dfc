"""Several references at their doors: form, page and other side, list and filter, history, undo, files, studio."""

import csv
import io
import json
import re

import openpyxl
import pytest

from portal import records, schema
from portal.schema import compiled
from portal.schema.check import check
from portal.security import SYSTEM
from tests.schema.docs import publish, shipped, with_field


@pytest.fixture(autouse=True)
def plain(app) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def products(make):
    return [make("product", name=name) for name in ("云主机", "Router, 8 ports", "年度维保")]


def test_the_form_takes_several_with_and_without_script(products, people, as_) -> None:
    client = as_(people.alice)
    page = client.get("/customers/new").text
    assert re.search(r'<select[^>]*multiple[^>]*data-remote="/choices/product"[^>]*name="interests"', page)
    cloud, router, care = (product.id for product in products)
    chosen = ["", str(cloud), "Router, 8 ports；年度维保"]  # the last as typed where no script runs
    answer = client.post("/customers/new", data={"name": "甲", "interests": chosen})
    shown = client.get(answer.location).text
    for product in products:
        assert f'href="/products/{product.id}">{product.title}</a>' in shown
    edit = client.get(f"{answer.location}/edit").text
    assert all(f'<option value="{id_}" selected>' in edit for id_ in (cloud, router, care))
    refused = client.post(f"{answer.location}/edit", data={"interests": ["", str(cloud), "无此产品"]}).text
    assert "Choose one from the list" in refused and 'value="无此产品"' in refused
    assert f'<option value="{cloud}" selected>' in refused
    client.post(f"{answer.location}/edit", data={"interests": [""]})
    assert records.fetch("customer", int(answer.location.rpartition("/")[2]), people.alice)["interests"] is None


def test_both_sides_show_it_each_as_far_as_one_may_see(products, people, as_, make) -> None:
    cloud = products[0].id
    make("customer", by=people.alice, name="甲公司", interests=[cloud])
    make("customer", by=people.charlie, name="机密公司", interests=[cloud])
    client = as_(people.alice)
    page = client.get(f"/products/{cloud}?tab=customer-interests").text
    assert "Interested customers" in page and "甲公司" in page and "机密公司" not in page
    assert f"/customers/new?interests={cloud}" in page
    assert f'<option value="{cloud}" selected>' in client.get(f"/customers/new?interests={cloud}").text


def test_no_door_tells_the_name_of_what_one_may_not_see(people, as_, make) -> None:
    partners = "partners: {type: references, to: customer, label: 伙伴, filterable: true}"
    path, documents = "entities/customer.yml", with_field(shipped(), partners)
    publish({**documents, path: documents[path].replace("    fields: [name,", "    fields: [name, partners,")})
    compiled.forget()
    hidden = make("customer", by=people.charlie, name="机密公司")
    mine = make("customer", by=people.dora, name="甲公司", phone="13800138000")
    records.save(mine, {"partners": [hidden.id]}, by=SYSTEM)
    client = as_(people.dora)
    own, filters = f"/customers/{mine.id}", f"/customers/filters/partners?f.partners=has_any:{hidden.id}"
    listed = f"/customers?columns=name,partners&f.partners=has_any:{hidden.id}"
    for address in (own, f"{own}/edit", f"{own}/history", f"{own}/cells/partners", listed, filters):
        text = client.get(address).text
        assert f"#{hidden.id}" in text and "机密" not in text, address
    asked = {"entity": "customer", "query": "columns=name,partners", "format": "csv"}
    assert f"甲公司,#{hidden.id}" in client.post("/exports/", data=asked).text
    answer = client.post(f"{own}/edit", data={"name": "甲甲公司", "partners": ["", str(hidden.id)]})
    assert answer.status_code == 303, "what stood there before may stay"
    other = make("customer", by=people.dora, name="丙公司")
    answer = client.post(f"/customers/{other.id}/edit", data={"partners": [str(hidden.id)]})
    assert answer.status_code == 422 and "Choose one from the list" in answer.text


def test_list_filter_history_and_undo(products, people, as_, make) -> None:
    cloud, router, care = (product.id for product in products)
    one = make("customer", by=people.alice, name="甲公司", interests=[cloud])
    make("customer", by=people.alice, name="乙公司", interests=[router, care])
    client = as_(people.alice)
    listed = client.get(f"/customers?columns=name,interests&f.interests=has_any:{router},{care}").text
    assert "乙公司" in listed and "甲公司" not in listed and "年度维保" in listed
    assert "甲公司" in client.get(f"/customers?f.interests=has_none:{care}").text
    panel = client.get(f"/customers/filters/interests?f.interests=has_any:{cloud}").text
    assert f'<option value="{cloud}" selected>云主机</option>' in panel and "has_none" in panel
    data = {"_pick": [one.id], "_field": "interests", "interests": ["", str(care)]}
    answer = client.post("/customers/bulk", data=data, headers={"HX-Request": "true"})
    assert records.fetch("customer", one.id, people.alice)["interests"] == (care,)
    history = client.get(f"/customers/{one.id}/history").text
    assert "<del>云主机</del>" in history and "<ins>年度维保</ins>" in history
    client.post(json.loads(answer.headers["HX-Trigger"])["toast"]["undo"])
    assert records.fetch("customer", one.id, people.alice)["interests"] == (cloud,)
    form = client.get(f"/customers/{one.id}/cells/interests").text
    assert "multiple" in form and f'value="{cloud}" selected' in form


def test_it_goes_out_and_in_as_names(products, people, as_, make) -> None:
    make("customer", by=people.dora, name="甲公司", interests=[product.id for product in products])
    asked = {"entity": "customer", "query": "columns=name,interests", "format": "csv"}
    answer = as_(people.dora).post("/exports/", data=asked)
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows == [["Name", "Products of interest"], ["甲公司", "云主机; Router, 8 ports; 年度维保"]]
    template = as_(people.dora).get("/imports/template/customers.xlsx").data
    heads = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(template)).active[1]]
    assert {"Products of interest", "Credit code", "Registered address"} <= set(heads)


def test_the_studio_adds_one(people, as_) -> None:
    client = as_(people.admin)
    assert 'value="references"' in client.get("/studio/entities/contact/fields/new").text
    given = {
        "label_zh": "参与订单",
        "label_en": "Orders",
        "type": "references",
        "to": "order",
        "asked_inverse": "参与人",
    }
    answer = client.post("/studio/entities/contact/fields/new", data={**given, "section": "0", "filterable": "y"})
    assert answer.status_code == 303, answer.text
    page = client.get(answer.location).text
    assert "type: references" in page and "inverse: 参与人" in page


def test_a_record_may_point_at_its_own_kind(people, as_, make) -> None:
    """One above by a plain reference, several beside by references: form, page, list and the other side."""
    publish(with_field(shipped(), "partners: {type: references, to: customer, label: {zh: 伙伴, en: Partners}}"))
    compiled.forget()
    above = make("customer", by=people.alice, name="总公司")
    client = as_(people.alice)
    answer = client.post("/customers/new", data={"name": "分公司", "parent_company": above.id})
    assert f'href="/customers/{above.id}">总公司</a>' in client.get(answer.location).text
    below = int(answer.location.rpartition("/")[2])
    found = client.get(f"/customers?f.parent_company=in:{above.id}&columns=name,parent_company").text
    assert "分公司" in found and found.count("总公司") >= 1
    saved = records.save(records.fetch("customer", above.id, people.alice), {"partners": [below]}, by=people.alice)
    assert saved["partners"] == (below,)
    assert "总公司" in client.get(f"/customers/{below}?tab=customer-partners").text
    assert not check(shipped()).errors and "customer-partners" in schema.current().entities["customer"].tab_keys()
