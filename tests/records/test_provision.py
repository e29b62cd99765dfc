"""Publishing: columns come, stay and come back; a new type is a new column."""

import pytest
import sqlalchemy as sa
from ruamel.yaml import YAML

from portal import audit, jobs, records, schema
from portal.extensions import db, transaction
from portal.records import altering, indexes, preparation
from portal.records.tables import table_of
from portal.schema import releases, source
from portal.security import SYSTEM


def publish(change, path="entities/customer.yml"):
    """Publish with one document changed by `change(tree)`."""
    number = releases.current_number()
    documents = releases.documents(number)
    tree = YAML(typ="safe").load(documents[path])
    change(tree)
    releases.publish({**documents, path: source.write(tree)}, by=SYSTEM, note="", expected_release=number)
    return schema.current().entities["customer"]


def add(**options):
    def change(tree):
        tree["fields"]["grade"] = {"label": {"zh": "级别", "en": "Grade"}, "filterable": True, **options}

    return change


def index_names(table):
    return {index["name"] for index in sa.inspect(db.session.connection()).get_indexes(table)}


def test_a_new_field_is_a_column_with_an_index_at_once(app, make):
    before = make("customer", name="A")
    field = publish(add(type="text")).fields["grade"]
    assert field.physical.startswith("grade_f")
    assert f"ix_record_customer_{field.physical}_id" in index_names("record_customer")
    found = records.fetch("customer", before.id, SYSTEM, "edit")
    assert found["grade"] is None
    records.save(found, {"grade": "gold"}, by=SYSTEM)
    assert [record["grade"] for record in records.search("customer", SYSTEM, sort=["grade"])] == ["gold"]


def test_the_way_back_and_forth_loses_nothing(app, make):
    first = releases.current_number()
    publish(add(type="text"))
    customer = make("customer", name="A", grade="gold")
    with transaction():
        releases.rollback(first, by=SYSTEM)
    assert "grade" not in schema.current().entities["customer"].fields
    found = records.fetch("customer", customer.id, SYSTEM, "edit")
    assert "grade" not in found.values
    records.save(found, {"name": "B"}, by=SYSTEM)
    publish(add(type="text"))
    assert records.fetch("customer", customer.id, SYSTEM)["grade"] == "gold"


def test_a_new_type_is_a_new_column_and_lists_what_would_not_convert(app, make):
    old = publish(add(type="text")).fields["grade"]
    good, bad, blank = (
        make("customer", name=name, grade=grade).id for name, grade in (("A", "12"), ("B", "x"), ("C", ""))
    )
    new = publish(add(type="integer")).fields["grade"]
    assert new.physical != old.physical
    values = {record.id: record["grade"] for record in records.search("customer", SYSTEM)}
    assert values == {good: 12, bad: None, blank: None}
    (line,) = db.session.scalars(audit.lines(entity="customer", action="schema.retyped"))
    assert (line.data["unread"], line.data["ids"]) == (1, [bad])
    # What would not convert is still there, in the old column.
    publish(add(type="text"))
    values = {record.id: record["grade"] for record in records.search("customer", SYSTEM)}
    assert values == {good: "12", bad: "x", blank: None}


def test_a_large_table_gets_its_index_by_a_job(app, monkeypatch, engine_name):
    records.bulk.save_many("customer", [{"name": f"C{n}"} for n in range(30)], by=SYSTEM)
    monkeypatch.setattr(preparation, "SMALL", 10)
    field = publish(add(type="text")).fields["grade"]
    name = f"ix_record_customer_{field.physical}_id"
    assert (name in index_names("record_customer")) == (engine_name == "sqlite")
    if engine_name == "postgresql":
        job_id = db.session.scalar(sa.select(jobs.Job.id).where(jobs.Job.kind == "records.index"))
        db.session.commit()
        jobs.run_now(job_id)
        assert name in index_names("record_customer")
    entity, table = schema.current().entities["customer"], table_of("customer")
    assert indexes.missing(entity, table) == []


def test_a_column_does_not_wait_behind_a_reader(app, engine_name, monkeypatch):
    if engine_name != "postgresql":
        pytest.skip("SQLite has one writer and readers that see the past")
    monkeypatch.setattr(altering, "TRIES", 3)
    with db.engine.connect() as reader:
        reader.execute(sa.text("SELECT count(*) FROM record_customer"))
        with pytest.raises(sa.exc.OperationalError):
            publish(add(type="text"))
    assert "grade" in publish(add(type="text")).fields
