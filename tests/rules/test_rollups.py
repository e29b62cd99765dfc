"""Roll-up fields: metrics that an entity declares itself, right after every change and filled for what was there."""

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from portal import events, jobs, records, rules, schema
from portal.extensions import db, transaction
from portal.schema import SchemaError, conditions, releases
from portal.security import SYSTEM
from tests.records.test_provision import publish


def rollup(key, **options):
    def change(tree):
        label = {"zh": f"汇总{key}", "en": key}
        tree["fields"][key] = {"type": "rollup", "label": label, "of": "order", "filterable": True, **options}

    return change


def all_of(*changes):
    return lambda tree: [change(tree) for change in changes]


FIGURES = all_of(
    rollup("total", field="amount", how="sum"),
    rollup("orders", how="count"),
    rollup("usual", field="amount", how="average"),
    rollup("least", field="amount", how="min"),
    rollup("newest", field="ordered_on", how="max"),
    rollup("last_way", field="ship_mode", how="latest", at="ordered_on"),
    rollup("shipped", field="amount", how="sum", when={"status": "shipped"}),
    rollup("pieces", field="quantity", how="average"),
)


@pytest.fixture
def customer(make):
    return make("customer", name="A")


@pytest.fixture
def order(make, customer):
    def made(number, **values):
        return make("order", number=number, customer=customer.id, ordered_on=f"2026-03-0{number}", **values)

    return made


def figures(customer):
    found = records.fetch("customer", customer.id, SYSTEM)
    keys = ("total", "orders", "usual", "least", "newest", "last_way", "shipped", "pieces")
    return [str(found[key]) for key in keys]


def test_figures_follow_each_change(app, customer, order):
    publish(FIGURES)
    order("1", amount="10", ship_mode="first", quantity=1)
    two = order("2", amount="25", ship_mode="same_day", status="shipped", quantity=2)
    assert figures(customer) == ["35.00", "2", "17.50", "10.00", "2026-03-02", "same_day", "25.00", "1.50"]
    records.save(records.fetch("order", two.id, SYSTEM, "edit"), {"status": "cancelled"}, by=SYSTEM)
    assert figures(customer)[6] == "0.00"
    done = records.bulk.save_many("order", [{"id": two.id, "amount": "30", "ship_mode": "second"}], by=SYSTEM)
    assert not done.problems and figures(customer)[:6] == ["40.00", "2", "20.00", "10.00", "2026-03-02", "second"]


def test_what_was_there_is_filled_when_published(app, customer, order, settings):
    order("1", amount="10", quantity=3)
    publish(FIGURES)
    rules.metrics.recompute()
    assert figures(customer)[:2] == ["10.00", "1"]


def test_a_release_asks_for_the_work_only_when_a_roll_up_changed(app, customer, order):
    def asked():
        events.deliver()
        kinds = db.session.scalars(sa.select(jobs.Job.kind).where(jobs.Job.kind == rules.metrics.JOB)).all()
        db.session.execute(sa.delete(jobs.Job).where(jobs.Job.kind == rules.metrics.JOB))
        db.session.commit()
        return len(kinds)

    asked()
    publish(rollup("total", field="amount", how="sum"))
    assert asked() == 1
    publish(lambda tree: tree["fields"].update(note={"type": "text", "label": "Note"}))
    assert asked() == 0


def test_it_is_a_field_like_others(app, people, customer, order):
    publish(all_of(FIGURES, lambda tree: tree["fields"].update(double={
        "type": "formula", "label": "double", "formula": "total * 2", "result": "money"})))  # fmt: skip
    order("1", amount="10")
    entity = schema.current().entities["customer"]
    test = conditions.parse({"total": {"gte": 10}}, entity)
    assert [record.id for record in records.search("customer", SYSTEM, condition=test)] == [customer.id]
    assert "total" not in entity.writable()
    assert str(records.fetch("customer", customer.id, SYSTEM)["double"]) == "20.00"


@pytest.mark.parametrize(
    ("options", "path", "told"),
    [
        ({"of": "ordr", "how": "count"}, "of", 'unknown entity "ordr"; did you mean "order"?'),
        ({"of": "product", "how": "count"}, "of", '"product" has no reference to "customer"'),
        ({"field": "amout", "how": "sum"}, "field", 'unknown field "amout"; did you mean "amount"?'),
        ({"field": "status", "how": "sum"}, "how", "cannot be measured so"),
        ({"field": "amount", "how": "summ"}, "how", '"summ" is not one of the choices; did you mean "sum"?'),
        ({"how": "count", "through": "product"}, "through", "points to another entity"),
        ({"how": "count", "when": {"statu": "shipped"}}, "when.statu", 'did you mean "status"?'),
    ],
)
def test_errors_name_the_place(app, options, path, told):
    with pytest.raises(SchemaError) as caught, transaction():
        publish(rollup("total", **options))
    with force_locale("en"):
        said = [str(problem) for problem in caught.value.problems]
    assert any(told in one and f"fields.total.{path}" in one for one in said), said


def test_the_way_back_is_metadata(app, customer, order):
    number = releases.current_number()
    publish(FIGURES)
    order("1", amount="10")
    with transaction():
        releases.rollback(number, by=SYSTEM)
    assert "total" not in schema.current().entities["customer"].fields and not schema.current().rollups
