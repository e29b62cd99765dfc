"""A brand-new type is one file and two templates, and is at home everywhere: form, list, filter, page, files, PDF."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from flask_babel import force_locale
from jinja2 import ChoiceLoader, DictLoader
from pypdf import PdfReader
from ruamel.yaml import YAML

import portal.fields
from portal import clock, insights, jobs, records, schema
from portal.blueprints.studio.field_form import FieldForm
from portal.extensions import transaction
from portal.fields import FIELD_TYPES, types
from portal.insights.lens import Subject
from portal.insights.periods import Period
from portal.schema import conditions, reference, releases, source
from portal.security import SYSTEM

STARS = '''
"""Stars."""
import random
from typing import Any, ClassVar

import sqlalchemy as sa

from portal.fields.decimal import NUMBER_OPERATORS
from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text


class Stars(FieldType):
    """One to five stars, written as a figure or as stars."""

    key: ClassVar[str] = "stars"
    label: ClassVar[Text] = Text(zh="星级", en="Stars")
    operators: ClassVar[tuple[str, ...]] = NUMBER_OPERATORS
    operand: ClassVar[str | None] = "number"
    input_key: ClassVar[str] = "stars"
    show_key: ClassVar[str | None] = "stars"

    most: int = 5

    def column_type(self) -> Any:
        return sa.Integer()

    def read(self, raw: Any) -> int:
        text = str(raw).strip()
        count = len(text) if set(text) == {"★"} else int(text) if text.isdigit() else 0
        if not 1 <= count <= self.most:
            raise FieldError(f"Give 1 to {self.most} stars.")
        return count

    def text(self, value: Any) -> str:
        return "★" * (value or 0)

    def export(self, value: Any) -> Any:
        return self.text(value)

    def sample(self, rng: random.Random) -> int:
        return rng.randint(1, self.most)
'''
PIECES = {
    "fields/input/stars.html": """{% macro control(entry, field, marks) -%}
<input class="stars-input" type="number" max="{{ field.type.most }}" value="{{ entry.typed }}"{{ marks|xmlattr }}>
{%- endmacro %}""",
    "fields/show/stars.html": """{% macro show(field, value, text) -%}
<span class="stars-shown" data-count="{{ value }}">{{ text }}</span>{%- endmacro %}""",
}


@pytest.fixture
def stars(app, tmp_path: Path, monkeypatch):
    """The file stands where field types stand, its templates where templates stand; nothing else is told."""
    app.config["WTF_CSRF_ENABLED"] = False
    (tmp_path / "stars_of_a_test.py").write_text(STARS, encoding="utf-8")
    monkeypatch.setattr(portal.fields, "__path__", [*portal.fields.__path__, str(tmp_path)])
    monkeypatch.setitem(FIELD_TYPES, "stars", types.found()["stars"])
    monkeypatch.setattr(app.jinja_env, "loader", ChoiceLoader([DictLoader(PIECES), app.jinja_env.loader]))
    with force_locale("en"):
        yield


def published() -> None:
    documents = releases.documents(releases.current_number())
    customer = YAML(typ="safe").load(documents["entities/customer.yml"])
    label = {"zh": "评级", "en": "Rating"}
    customer["fields"]["rating"] = {"type": "stars", "label": label, "filterable": True, "sortable": True}
    customer["form"][0]["fields"].append("rating")
    customer["list"]["columns"] = ["name", "rating"]
    customer["list"]["filters"] = ["rating"]
    report = YAML(typ="safe").load(documents["reports/activity.yml"])
    table = {
        "kind": "table",
        "title": "Ratings",
        "entity": "customer",
        "columns": ["name", "rating"],
        "sort": ["-rating"],
    }
    report["sections"] = [report["sections"][0], table]
    changed = {"entities/customer.yml": source.write(customer), "reports/activity.yml": source.write(report)}
    with transaction():
        number = releases.current_number()
        releases.publish({**documents, **changed}, by=SYSTEM, note="", expected_release=number)


@pytest.mark.usefixtures("stars")
def test_a_new_type_is_everywhere_at_once(app, people, as_, tmp_path):
    published()
    alice = people.alice
    client = as_(alice)

    # The form, with the type's own complaint, and the record page.
    assert 'class="stars-input"' in client.get("/customers/new").text
    assert "Give 1 to 5 stars." in client.post("/customers/new", data={"name": "A", "rating": "9"}).text
    address = client.post("/customers/new", data={"name": "Astra", "rating": "4"}).location
    assert '<span class="stars-shown" data-count="4">★★★★</span>' in client.get(address).text
    client.post("/customers/new", data={"name": "Dim", "rating": "1"})

    # The list, its filter and its order; the condition and its sentence.
    listed = client.get("/customers").text
    assert listed.index("Rating") and "★★★★" in listed and "Dim" in listed
    filtered = client.get("/customers?f.rating=gte:3").text
    assert "Astra" in filtered and "Dim" not in filtered
    assert 'name="op"' in client.get("/customers/filters/rating").text
    entity = schema.current().entities["customer"]
    test = conditions.parse({"rating": {"between": [3, 5]}}, entity)
    assert test.matches({"rating": 4}, clock.now()) and "Rating" in test.sentence()
    found = records.search("customer", alice, condition=test, sort=["-rating"])
    assert [record["rating"] for record in found] == [4]

    _goes_in_and_out_as_a_file(client, alice)
    _is_printed(alice)
    _is_offered(app, entity)


def _goes_in_and_out_as_a_file(client, alice):
    template = client.get("/imports/template/customers.xlsx")
    assert "Rating" in [cell.value for cell in openpyxl.load_workbook(io.BytesIO(template.data)).active[1]]
    asked = {"entity": "customer", "query": "columns=name,rating&sort=-rating", "format": "csv"}
    rows = list(csv.reader(io.StringIO(client.post("/exports/", data=asked).data.decode("utf-8-sig"))))
    assert rows == [["Name", "Rating"], ["Astra", "★★★★"], ["Dim", "★"]]
    done = records.bulk.save_many("customer", [{"name": name, "rating": stars} for name, stars in rows[1:]], by=alice)
    assert not done.problems


def _is_printed(alice):
    with transaction():
        job = insights.making.ask("activity", Subject.of(alice), Period.holding("month", clock.today()), alice)
    job = jobs.run_now(job.id)
    assert job.state == "done", job.error
    stored = records.files.file_of(insights.archive.of_job(job.id, alice).file_id, alice)
    with records.files.local(stored) as path:
        text = "".join(page.extract_text() for page in PdfReader(path).pages)
    assert "★★★★" in text and "Astra" in text


def _is_offered(app, entity):
    """The reference and the studio's form of a new field are made from the types."""
    assert "### `stars` – 星级 / Stars" in reference.markdown()
    with app.test_request_context("/"):
        offered = FieldForm(formdata=None).offer(entity, schema.current().entities).type.choices
    assert "stars" in [choice.value for choice in offered]


def test_the_types_found_are_those_in_force():
    assert list(types.found()) == list(FIELD_TYPES)
