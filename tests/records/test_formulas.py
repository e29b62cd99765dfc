"""Formulas at every door: right after each change, filled for what was there, filtered and sorted by."""

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from portal import audit, clock, records, schema
from portal.errors import Invalid
from portal.extensions import db, transaction
from portal.records.tables import table_of
from portal.schema import SchemaError, conditions, releases
from portal.security import SYSTEM, policy
from portal.security.policy import Access
from tests.records.test_provision import index_names, publish

ORDER = "entities/order.yml"


def formula(text, result="money", key="net", **options):
    def change(tree):
        label = {"zh": f"公式{key}", "en": key}
        tree["fields"][key] = {"type": "formula", "label": label, "formula": text, "result": result, **options}

    return change


@pytest.fixture
def customer(make):
    return make("customer", name="A")


@pytest.fixture
def order(make, customer):
    numbers = iter(range(1, 99))

    def made(**values):
        given = {"number": f"SO-{next(numbers)}", "customer": customer.id, "ordered_on": "2026-03-31", **values}
        return make("order", **given)

    return made


def read(record, key="net"):
    return records.fetch("order", record.id, SYSTEM)[key]


def net(amount, discount="0"):
    return {"amount": amount, "discount": discount}


def test_what_was_there_is_filled_and_each_save_keeps_it_right(app, order):
    old, bare = order(**net("100", "10%")), order(amount="50")
    publish(formula("amount * (1 - discount)", filterable=True, sortable=True), ORDER)
    assert (str(read(old)), read(bare)) == ("90.00", None)
    new = order(**net("19.99", "5%"))
    assert str(new["net"]) == str(read(new)) == "18.99"
    saved = records.save(records.fetch("order", old.id, SYSTEM, "edit"), {"discount": "20%"}, by=SYSTEM)
    assert str(saved["net"]) == str(read(old)) == "80.00"
    (line, *_) = db.session.scalars(audit.lines(entity="order", record_id=old.id))
    assert line.data["changes"]["net"] == ["90.00", "80.00"]


def test_many_at_once_and_plain_sql_keep_it_right(app, order):
    publish(formula("amount * quantity"), ORDER)
    one, other = order(amount="10", quantity="2"), order(amount="1", quantity="1")
    done = records.bulk.save_many("order", [{"id": one.id, "amount": "11"}, {"id": other.id, "quantity": 5}], by=SYSTEM)
    assert not done.problems
    assert [str(read(record)) for record in (one, other)] == ["22.00", "5.00"]
    field = schema.current().entities["order"].fields["quantity"]
    with transaction():
        db.session.execute(sa.update(table_of("order")).values({field.column: 3}))
    assert [str(read(record)) for record in (one, other)] == ["33.00", "3.00"]


def test_it_filters_sorts_and_has_its_index(app, order):
    publish(formula("amount * (1 - discount)", filterable=True, sortable=True), ORDER)
    entity = schema.current().entities["order"]
    small, large, blank = order(**net("10")), order(**net("1000", "50%")), order(amount="7")
    assert f"ix_record_order_{entity.fields['net'].physical}_id" in index_names("record_order")
    test = conditions.parse({"net": {"gte": 100}}, entity)
    assert [record.id for record in records.search("order", SYSTEM, condition=test)] == [large.id]
    listed = [record.id for record in records.search("order", SYSTEM, sort=["-net"])]
    assert listed.index(large.id) < listed.index(small.id) and blank.id in listed


def test_nobody_fills_it_in(app, order):
    publish(formula("amount * 2"), ORDER)
    record = order(amount="10")
    with pytest.raises(Invalid):
        records.save(records.fetch("order", record.id, SYSTEM, "edit"), {"net": "1"}, by=SYSTEM)
    assert "net" not in schema.current().entities["order"].writable()


def test_another_formula_is_another_column_and_the_way_back_is_free(app, order):
    record = order(amount="10")
    publish(formula("amount * 2"), ORDER)
    first, number = schema.current().entities["order"].fields["net"].physical, releases.current_number()
    publish(formula("amount * 3", help="only a text changes next"), ORDER)
    second = schema.current().entities["order"].fields["net"].physical
    assert first != second and str(read(record)) == "30.00"
    publish(formula("amount*3"), ORDER)
    assert schema.current().entities["order"].fields["net"].physical == second  # the same formula, written otherwise
    with transaction():
        releases.rollback(number, by=SYSTEM)
    assert schema.current().entities["order"].fields["net"].physical == first and str(read(record)) == "20.00"


def test_formulas_of_formulas_and_each_result(app, order):
    def change(tree):
        formula("amount * quantity")(tree)
        formula("net / 3", "decimal", "third", digits=4)(tree)
        formula("round(third)", "integer", "whole")(tree)
        formula("net > 10", "boolean", "is_large")(tree)
        formula("concat(number, '/100% ', category)", "text", "code")(tree)
        formula("if(is_large, shipped_on, ordered_on)", "date", "day")(tree)
        formula("discount / 2", "percent", "half")(tree)

    publish(change, ORDER)
    record = order(amount="10", quantity="2", number="A:1", category="furniture", discount="15%")
    found = records.fetch("order", record.id, SYSTEM)
    keys = ("net", "third", "whole", "is_large", "code", "day", "half")
    assert [found[key] for key in keys] == [record[key] for key in keys]
    assert [str(found[key]) for key in keys[:3]] == ["20.00", "6.6667", "7"] and found["is_large"] is True
    assert found["code"] == "A:1/100% furniture" and found["day"] is None and found.text("half") == "7.5%"


def test_a_metric_moves_the_formula_over_it(app, order, customer):
    publish(formula("annual_spend * 2", key="doubled"))
    order(amount="10", status="completed", ordered_on=str(clock.today()))
    found = records.fetch("customer", customer.id, SYSTEM)
    assert found["annual_spend"] and found["doubled"] == found["annual_spend"] * 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("amout * 2", 'there is no field or function "amout"; did you mean "amount"?'),
        ("amount * customer", "cannot stand in a formula: customer"),
        ("number", "the formula gives a text, its result wants a number"),
        ("net + 1", "in a circle: net → net"),
        ("amount *", "ends too early"),
    ],
)
def test_errors_name_the_line(app, text, told):
    with pytest.raises(SchemaError) as caught:
        publish(formula(text), ORDER)
    (problem,) = caught.value.problems
    with force_locale("en"):
        assert told in str(problem)
    assert problem.path == "fields.net.formula"
    assert problem.line > 1


def test_circles_over_two_formulas_are_told_once(app):
    def change(tree):
        formula("b + 1", key="a")(tree)
        formula("a + 1", key="b")(tree)

    with pytest.raises(SchemaError) as caught:
        publish(change, ORDER)
    (problem,) = caught.value.problems
    assert "a → b → a" in str(problem)


def test_too_large_is_blank_instead_of_an_error(app, order):
    publish(formula("amount * amount"), ORDER)
    assert read(order(amount="9999999999999.99")) is None


def test_who_may_not_read_a_part_may_not_read_the_formula(app, people, order):
    publish(formula("amount * (1 - discount)"), ORDER)
    seen = {}
    for named in ({"order.amount": "hide"}, {"order.amount": "mask"}, {"order.amount": "hide", "order.net": "read"}):
        publish(lambda tree, named=named: tree.update(fields=named), "roles/seller.yml")
        seen[len(seen)] = policy.access(people.alice, schema.current().entities["order"].fields["net"])
    assert list(seen.values()) == [Access.HIDE, Access.MASK, Access.READ]


def test_a_publish_that_failed_leaves_no_formula_for_the_next_one(app, order, monkeypatch):
    record = order(amount="10", quantity="3")

    def fails(*args, **kwargs):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(releases, "_write", fails)
        publish(formula("amount * 2"), ORDER)
    db.session.rollback()
    publish(formula("amount * quantity"), ORDER)
    assert str(read(record)) == "30.00"
