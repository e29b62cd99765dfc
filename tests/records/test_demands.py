"""Fields that other fields have a say in, at every door: form, cell, many at once, import rows."""

import re

import pytest
from flask_babel import force_locale

from portal import records, schema
from portal.errors import Invalid
from portal.schema import SchemaError
from portal.security import SYSTEM
from tests.records.test_provision import publish


@pytest.fixture(autouse=True)
def plain(app):
    app.config["WTF_CSRF_ENABLED"] = False
    with force_locale("en"):
        yield


def fields(tree):
    text = {"type": "text", "filterable": True}
    tree["fields"] |= {
        "plant": {**text, "label": "Plant", "visible_when": {"industry": "manufacturing"}, "required": True},
        "why_lost": {**text, "label": "Why lost", "required_when": {"status": "lost"}},
        "contract": {**text, "label": "Contract", "read_only_when": {"status": "active"}, "unique": True},
        "branch": {
            "type": "choice",
            "label": "Branch",
            "depends_on": "industry",
            "options": {
                "steel": {"zh": "钢铁", "under": "manufacturing"},
                "cars": {"zh": "汽车", "under": ["manufacturing", "retail"]},
                "other_branch": {"zh": "其他"},
            },
        },
    }
    tree["form"][0]["fields"] += ["industry", "status", "plant", "why_lost", "contract", "branch"]
    for section in tree["form"][1:]:
        section["fields"] = [key for key in section["fields"] if key not in ("industry", "status")]


@pytest.fixture
def entity(app, people):
    return publish(fields)


def tried(person, given, record=None):
    """What saving says, by field; nothing when it is saved."""
    try:
        records.save(record or records.new("customer", person), {"name": "A", **given}, by=person)
    except Invalid as refused:
        return {key: str(problem) for key, problem in refused.problems.items()}
    return {}


@pytest.mark.usefixtures("entity")
def test_each_demand_is_made_by_save(people):
    alice = people.alice
    assert tried(alice, {"industry": "it"}) == {}
    assert tried(alice, {"industry": "manufacturing"}) == {"plant": "Enter Plant."}
    assert tried(alice, {"industry": "manufacturing", "plant": "P"}) == {}
    assert tried(alice, {"industry": "it", "plant": "P"}) == {"plant": "Leave this blank; it does not apply here."}
    assert tried(alice, {"status": "lost"}) == {"why_lost": "Enter Why lost."}
    wrong = {"branch": "Choose one that belongs to what is chosen above it."}
    assert tried(alice, {"industry": "it", "branch": "steel"}) == wrong
    assert tried(alice, {"industry": "retail", "branch": "cars"}) == {}
    assert tried(alice, {"industry": "it", "branch": "other_branch"}) == {}


@pytest.mark.usefixtures("entity")
def test_what_is_stored_counts_when_it_is_changed(people, make):
    alice = people.alice
    made = make("customer", by=alice, name="B", status="prospect", contract="C-1", industry="retail", branch="cars")

    def record():
        return records.fetch("customer", made.id, alice, "edit")

    assert tried(alice, {"contract": "C-2"}, record()) == {}
    assert tried(alice, {"status": "active", "contract": "C-3"}, record()) == {}
    assert tried(alice, {"contract": "C-4"}, record()) == {"contract": "This may not be changed any more."}
    assert tried(alice, {"industry": "it"}, record()) == {
        "branch": "Choose one that belongs to what is chosen above it."
    }
    assert tried(alice, {"status": "lost"}, record()) == {"why_lost": "Enter Why lost."}
    records.save(record(), {"contract": "C-5"}, by=SYSTEM)  # the portal's own rules are not bound


@pytest.mark.usefixtures("entity")
def test_many_at_once_and_rows_of_an_import_are_bound_too(people, make):
    one = make("customer", by=people.alice, name="B", status="active", contract="C-1")
    rows = [
        {"name": "N", "industry": "manufacturing"},
        {"id": one.id, "contract": "C-2"},
        {"name": "M", "industry": "it", "branch": "steel"},
        {"name": "O", "industry": "it"},
    ]
    done = records.bulk.save_many("customer", rows, by=people.alice)
    wrong = {at: list(problems) for at, problems in done.problems.items()}
    assert wrong == {0: ["plant"], 1: ["contract"], 2: ["branch"]}


@pytest.mark.usefixtures("entity")
def test_the_form_shows_what_applies_and_follows(people, as_):
    client = as_(people.alice)
    page = client.get("/customers/new").text
    assert 'name="plant"' not in page and 'hx-vals=\'{"_redraw": "1"}\'' in page and "<noscript>" in page
    given = {"_redraw": "1", "name": "A", "industry": "manufacturing", "status": "lost", "branch": "steel"}
    answer = client.post("/customers/new", data=given)
    assert answer.status_code == 200 and 'name="plant"' in answer.text and "钢铁" in answer.text
    assert answer.text.count('class="required"') > page.count('class="required"')
    answer = client.post("/customers/new", data={**given, "industry": "retail"})
    assert 'name="plant"' not in answer.text and "钢铁" not in answer.text and "汽车" in answer.text
    answer = client.post("/customers/new", data={"name": "A", "industry": "manufacturing", "status": "lost"})
    assert answer.status_code == 422 and "Enter Plant." in answer.text and "Enter Why lost." in answer.text
    answer = client.post("/customers/new", data={"name": "A", "industry": "it", "plant": "left behind"})
    assert answer.status_code == 303
    made = next(iter(records.search("customer", people.alice, limit=1)))
    assert made["plant"] is None
    assert "Plant" not in client.get(f"/customers/{made.id}").text, "what does not apply is not shown"


@pytest.mark.usefixtures("entity")
def test_a_shut_field_is_shut_in_form_and_cell(people, as_, make):
    one = make("customer", by=people.alice, name="B", status="active", contract="C-1")
    client = as_(people.alice)
    page = client.get(f"/customers/{one.id}/edit").text
    assert re.search(r'<input[^>]*value="C-1"[^>]*disabled', page)
    sent = {"contract": "C-9", "version": one.version, "name": "B2"}
    assert client.post(f"/customers/{one.id}/edit", data=sent).status_code == 303
    found = records.fetch("customer", one.id, people.alice)
    assert (found["name"], found["contract"]) == ("B2", "C-1")
    answer = client.post(f"/customers/{one.id}/cells/contract", data={"contract": "C-9", "_version": found.version})
    assert answer.status_code == 422 and "may not be changed" in answer.text


@pytest.mark.usefixtures("entity")
def test_unique_leaves_blanks_alone_at_every_door(people, as_, make):
    alice = people.alice
    assert [tried(alice, {"contract": blank}) for blank in (None, "", "  ")] == [{}, {}, {}]
    rows = [{"name": "N", "contract": ""}, {"name": "M", "contract": None}, {"name": "O", "contract": "X"}]
    assert not records.bulk.save_many("customer", rows, by=alice).problems
    client = as_(alice)
    for _ in range(2):
        assert client.post("/customers/new", data={"name": "P", "contract": " "}).status_code == 303
    taken = client.post("/customers/new", data={"name": "P", "contract": "X"})
    assert taken.status_code == 422 and "Another record already has this value." in taken.text
    assert "contract" in tried(alice, {"contract": " X "})
    assert 0 in records.bulk.save_many("customer", [{"name": "Q", "contract": "X"}], by=alice).problems


@pytest.mark.parametrize(
    ("options", "path", "told"),
    [
        ({"visible_when": {"industri": "it"}}, "visible_when.industri", 'did you mean "industry"?'),
        ({"required_when": {"amount_x": {"gte": 1}}}, "required_when", "unknown field"),
        ({"visible_when": {"plant": "x"}}, "visible_when", "a field cannot depend on itself"),
        ({"type": "choice", "options": {"a": {"zh": "a", "under": "x"}}}, "depends_on", "say which field"),
        ({"type": "choice", "depends_on": "nothing", "options": ["a"]}, "depends_on", "unknown field"),
        (
            {"type": "choice", "depends_on": "industry", "options": {"a": {"zh": "a", "under": "manufacturin"}}},
            "options.a.under",
            'did you mean "manufacturing"?',
        ),
    ],
)
def test_errors_name_the_place(app, options, path, told):
    with pytest.raises(SchemaError) as caught:
        publish(lambda tree: tree["fields"].update(plant={"type": "text", "label": "Plant", **options}))
    said = [str(problem) for problem in caught.value.problems]
    assert any(told in one and f"fields.plant.{path}" in one for one in said), said


def test_a_release_without_conditions_asks_none(app):
    assert schema.current().entities["customer"].conditional == ()
