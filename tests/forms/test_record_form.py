"""The form of a record shows what may be written, keeps what was typed and speaks imperative sentences."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from portal import forms, records, schema


@pytest.fixture(autouse=True)
def no_csrf(app: Flask) -> None:
    """Tokens have tests of their own."""
    app.config["WTF_CSRF_ENABLED"] = False


@contextmanager
def sent(app: Flask, data: Mapping[str, Any] | None) -> Iterator[None]:
    with app.test_request_context("/", method="POST" if data is not None else "GET", data=data), force_locale("en"):
        yield


def form(person: Any, record: Any = None, entity: str = "customer", **data: Any) -> forms.RecordForm:
    return forms.record_form(schema.current().entities[entity], person, record, data or None)


def test_only_writable_fields(app: Flask, people: Any) -> None:
    with sent(app, None):
        shown = form(people.alice)
        assert "name" in shown and "phone" in shown
        assert "version" not in shown.fields_of and "annual_spend" not in shown and "tier" not in shown
        assert "credit_rating" not in shown, "a seller may only read it"
        assert "credit_rating" in form(people.admin)
        labels = [str(section.label) for section, _ in shown.sections()]
        assert labels[0] == "Basics"


def test_problems_are_sentences_beside_the_field(app: Flask, people: Any) -> None:
    with sent(app, {"name": " ", "phone": "12", "email": "x", "employees": "-1", "industry": "steel", "version": "1"}):
        shown = form(people.alice)
        assert not shown.validate()
        assert {key: [str(one) for one in found] for key, found in shown.problems.items()} == {
            "name": ["Enter Name."],
            "phone": ["Enter a phone number, for example 138 0013 8000 or +49 30 123456."],
            "email": ["Enter an e-mail address, for example name@company.com."],
            "employees": ["Enter at least 0."],
            "industry": [str(shown["industry"].errors[0])],
        }
        assert str(shown["industry"].errors[0]).startswith("Choose one of: ")
        assert shown["phone"].typed == "12" and shown.read_version == 1
    with sent(app, {"name": ""}), force_locale("zh_Hans_CN"):
        shown = form(people.alice)
        shown.validate()
        assert shown["name"].errors == ["请填写客户名称。"]


def test_values_are_parsed_and_what_was_not_sent_stays_out(app: Flask, people: Any) -> None:
    with sent(app, {"name": "朝阳", "phone": "138 0013 8000", "tags": "老客户,决策人", "employees": "１２"}):
        shown = form(people.alice)
        assert shown.validate(), shown.problems
        assert shown.values(people.alice) == {
            "name": "朝阳",
            "phone": "+8613800138000",
            "tags": ("决策人", "老客户"),
            "employees": 12,
        }


def test_an_untouched_record_gives_its_own_values(app: Flask, people: Any, make: Any) -> None:
    saved = make("customer", name="朝阳", phone="13800138000", tags="老客户", owner=people.alice.id, city="上海")
    record = records.fetch("customer", saved.id, people.alice, "edit")
    with sent(app, None):
        page = {entry.name: entry.typed for entry in form(people.alice, record).entries}
    with sent(app, page | {"version": str(record.version)}):
        shown = form(people.alice, record)
        assert shown.validate(), shown.problems
        assert all(value == record[key] for key, value in shown.values(people.alice).items())
        assert shown.read_version == record.version


def test_a_reference_must_be_there_for_the_person(app: Flask, people: Any, make: Any) -> None:
    theirs = make("customer", name="成都客户", owner=people.charlie.id)
    mine = make("customer", name="上海客户", owner=people.alice.id)
    data = {"number": "O-1", "ordered_on": "2026-03-31", "amount": "¥1,200"}
    for customer, is_valid in ((mine.id, True), (theirs.id, False), (10**6, False)):
        with sent(app, data | {"customer": str(customer)}), force_locale("en"):
            from portal.fields import FieldType

            FieldType.use_links(records.links.Links(lambda: people.alice))
            assert form(people.alice, entity="order").validate() is is_valid


def test_a_file_is_stored_and_an_id_is_not_taken_from_the_page(app: Flask, people: Any) -> None:
    data = {"file": (BytesIO(b"%PDF-1.4 offer"), "offer.pdf"), "summary": "x"}
    with sent(app, data):
        shown = form(people.alice, entity="follow_up")
        assert shown["file"].upload.filename == "offer.pdf"
        stored = shown.values(people.alice)["file"]
        assert records.files.file_of(stored, people.alice).name == "offer.pdf"
    with sent(app, {"file": str(stored), "summary": "x"}):
        assert form(people.alice, entity="follow_up").values(people.alice)["file"] is None


def test_told_problems_stand_beside_their_fields(app: Flask, people: Any) -> None:
    with sent(app, {"name": "朝阳"}):
        shown = form(people.alice)
        shown.validate()
        assert shown.tell({"name": "Taken.", "elsewhere": "Odd."}) == ["Odd."]
        assert shown.problems == {"name": ["Taken."]}
