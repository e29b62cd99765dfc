"""A new kind of records from the studio: everything about it is there after publishing, at once."""

import re

import pytest

from portal import schema
from portal.schema import drafts, source
from tests.web.studio import header_of, post, publish

VISIT = {
    "label_zh": "门店拜访",
    "label_en": "Store visit",
    "title_zh": "主题",
    "title_en": "Topic",
    "parent": "customer",
    "icon": "map-pin",
    "in_menu": "y",
    "roles": ["seller", "manager"],
    "reach": "team",
}
NEW = "/studio/entities/new"


@pytest.fixture
def admin(as_, people):
    return as_(people.admin)


def test_the_form_writes_the_entity_and_the_rights(admin, people):
    answer = post(admin, NEW, VISIT)
    assert answer.headers["Location"].endswith("/studio/documents/entities/store_visit/form")
    seen = drafts.workspace(people.admin)
    tree = source.read("", seen.documents["entities/store_visit.yml"]).tree
    assert (tree["parent"], tree["slug"], tree["title"]) == ("customer", "store-visit", "name")
    role = seen.documents["roles/seller.yml"]
    assert "  store_visit: {view: team, create: true, edit: team, archive: own, export: own}" in role
    assert role.startswith(seen.published["roles/seller.yml"].splitlines()[0])
    assert "Everything fits together." in admin.get("/studio/").text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label_zh": ""}, "Give a name."),
        ({"key": "customer"}, "There is an entity with this key already."),
        ({"key": "Visit!"}, "Use small letters"),
        ({"key": "studio"}, "is taken"),
        ({"parent": "nothing"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_not_kept(admin, people, change, message):
    answer = post(admin, NEW, VISIT | change)
    assert answer.status_code == 422
    assert message in answer.text
    assert drafts.of(people.admin) is None


def created(client, values) -> int:
    page = client.get("/store-visit/new").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    version = re.search(r'name="_version" value="([^"]*)"', page)
    more = {"_version": version[1]} if version else {}
    answer = client.post("/store-visit/new", data=values | more | {"csrf_token": token})
    assert answer.status_code == 303, answer.text
    return int(re.search(r"/store-visit/(\d+)", answer.headers["Location"])[1])


def test_everything_is_there_after_publishing(admin, as_, people, make):
    customer = make("customer", by=people.alice, name="远景科技")
    post(admin, NEW, VISIT)
    assert publish(admin, "Visits").status_code == 303
    alice, charlie = as_(people.alice), as_(people.charlie)
    assert "/store-visit" in alice.get("/").text, "menu"
    number = created(alice, {"name": "陈列检查", "customer": str(customer.id), "owner": str(people.alice.id)})
    assert "陈列检查" in alice.get("/store-visit").text
    assert "陈列检查" in alice.get(f"/store-visit/{number}").text
    assert "Topic" in header_of(alice.get("/imports/template/store-visit.xlsx").data)
    sent = post_as(alice, "/exports/", {"entity": "store_visit", "query": "", "format": "xlsx"})
    assert "Topic" in header_of(sent.data)
    assert f"/store-visit/{number}" in alice.get("/search?q=陈列检查").text
    assert "陈列检查" in alice.get(f"/customers/{customer.id}").text, "timeline of the parent"
    assert charlie.get(f"/store-visit/{number}").status_code == 404, "rights"
    assert as_(people.erin).get("/store-visit").status_code == 404
    assert schema.current().entities["customer"].children()


def post_as(client, address, data):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/me").text)[1]
    return client.post(address, data=data | {"csrf_token": token})


def test_the_dictionary_names_every_field_and_role(admin, as_, people, tmp_path):
    page, text = admin.get("/studio/dictionary").text, admin.get("/studio/dictionary.md").text
    for entity in schema.current().entities.values():
        for key, field in entity.fields.items():
            assert f">{key}<" in page
            assert f"| `{key}` | {field.label.zh} |" in text
    for key in schema.current().roles:
        assert f"`{key}`" in text
    assert as_(people.alice).get("/studio/dictionary").status_code == 403


def test_long_lists_of_options_have_a_drop_down_too(admin):
    from io import BytesIO

    from openpyxl import load_workbook

    book = load_workbook(BytesIO(admin.get("/imports/template/customers.xlsx").data))
    rules = {str(rule.sqref): rule.formula1 for rule in book.worksheets[0].data_validations.dataValidation}
    choices = [
        field
        for field in schema.current().entities["customer"].fields.values()
        if field.type.choices() and not field.type.is_many and not field.computed
    ]
    assert len(rules) >= len(choices)
