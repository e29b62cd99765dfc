"""Formulas: read with a plain complaint where they are wrong, and worth the same in Python and on both engines."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.fields import FIELD_TYPES
from portal.fields.expression import ExpressionError, Fitted, Node, Ref, parse
from tests.engines import Postgres

D = Decimal
KINDS = {"unit_price": "money", "quantity": "integer", "discount": "percent", "rate": "decimal", "paid": "boolean"}
KINDS |= {"ordered_on": "date", "due_on": "date", "name": "text", "city": "text"}
OPERANDS: dict[str, Node] = {key: Ref(str(FIELD_TYPES[kind].operand), key) for key, kind in KINDS.items()}
TYPES = {key: FIELD_TYPES[kind]() for key, kind in KINDS.items()}
ROW = {
    "unit_price": D("19.99"), "quantity": 3, "discount": D("0.1000"), "rate": None, "paid": True, "name": "华信",
    "ordered_on": date(2026, 2, 27), "due_on": date(2026, 3, 1), "city": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("unit_price * quantity * (1 - discount)", D("53.973")),
        ("1 + 2 * 3 - 4 / 2", D(5)),
        ("-2 - -3", D(1)),
        ("2 * -(3 + 1)", D(-8)),
        ("10 - 4 - 3", D(3)),
        ("1 / 3", D("0.33333333")),
        ("quantity / 0", None),
        ("rate + 1", None),
        ("rate = rate", False),
        ("not rate > 1", True),
        ("paid and quantity >= 3 or false", True),
        ("if(quantity > 2, unit_price, 0)", D("19.99")),
        ("if(quantity > 5, unit_price, blank)", None),
        ("round(2.5)", D(3)),
        ("round(-2.5)", D(-3)),
        ("round(1.005, 2)", D("1.01")),
        ("min(3, rate, 2)", D(2)),
        ("max(ordered_on, due_on)", date(2026, 3, 1)),
        ("coalesce(rate, discount, 1)", D("0.1000")),
        ('concat(name, "-", city, "!")', "华信-!"),
        ('concat(city, "")', None),
        ("text(1234.5, 2)", "1234.50"),
        ("year(ordered_on) * 100 + month(ordered_on)", D(202602)),
        ("days_between(ordered_on, due_on)", D(2)),
        ("name = '华信' and name != city", False),
        ("1 < 2 = true", True),
    ],
)  # fmt: skip
def test_values(formula: str, value: object) -> None:
    assert parse(formula, OPERANDS).value(ROW) == value


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("unit_price *", "the formula ends too early"),
        ("(1 + 2", "the formula ends too early"),
        ("1 + )", 'did not expect ")" at character 5'),
        ("1 2", 'did not expect "2" at character 3'),
        ("price * 2", 'there is no field or function "price"'),
        ("unit_price; drop table x", 'cannot read "; drop table" at character 11'),
        ("__import__('os')", 'there is no field or function "__import__"'),
        ("name + 1", '"+" at character 6 wants a number, not a text'),
        ("if(quantity, 1, 2)", '"if" at character 1 wants yes or no, not a number'),
        ("if(paid, 1, name)", "wants a number, not a text"),
        ("name < city", "wants a number, not a text"),
        ("round(1, quantity)", "takes a count of digits from 0 to 6"),
        ("round(1, 2, 3)", '"round" takes 2 values'),
        ("min(1)", '"min" takes 2 values'),
        ("if(paid, blank, blank)", "needs a value that is not blank"),
        ("blank + 1", "wants a number, not blank"),
        ("(" * 40 + "1" + ")" * 40, "too deep"),
        ("1" * 2000, "at most 1000 characters"),
    ],
)
def test_complaints(formula: str, told: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(formula, OPERANDS)
    assert told in str(caught.value)


def trees() -> dict[str, Any]:
    """Formulas of each kind, as text."""
    numbers = st.sampled_from(["unit_price", "quantity", "discount", "rate", "0", "1", "2.5", "0.07", "100"])
    days = st.sampled_from(["ordered_on", "due_on"])
    texts = st.sampled_from(["name", "city", '"a%b"', "'客:户'", '"it\'s"'])
    compared = st.builds("{} {} {}".format, numbers, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), numbers)
    said = st.builds("({} {} {})".format, texts, st.sampled_from(["=", "!="]), texts)
    true = st.one_of(compared, said, st.just("paid"), st.builds("not {}".format, said))
    true = st.one_of(true, st.builds("({} {} {})".format, true, st.sampled_from(["and", "or"]), true))

    def grown(inner: Any) -> Any:
        pair = st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner)
        called = st.builds("{}({}, {})".format, st.sampled_from(["min", "max", "coalesce"]), inner, inner)
        chosen = st.builds("if({}, {}, {})".format, true, inner, inner)
        cut = st.builds("round({}, {})".format, inner, st.integers(0, 4))
        return st.one_of(pair, called, chosen, cut, st.builds("-{}".format, inner))

    dated = st.one_of(st.builds("year({})".format, days), st.builds("days_between({}, {})".format, days, days))
    number = st.recursive(st.one_of(numbers, dated), grown, max_leaves=4)
    text = st.builds("concat({}, {}, text({}, 2))".format, texts, texts, number)
    day = st.builds("if({}, max({}, {}), {})".format, true, days, days, days)
    return {"number": number, "text": text, "boolean": true, "date": day}


def rows() -> Any:
    """Records with odd values and nothing among them; amounts that 15 digits hold after three multiplications."""
    return st.fixed_dictionaries(
        {
            "unit_price": st.none() | st.decimals(-99, 99, places=2, allow_nan=False),
            "quantity": st.none() | st.integers(-20, 20),
            "discount": st.none() | st.decimals(0, 1, places=2, allow_nan=False).map(lambda d: d.quantize(D("0.0001"))),
            "rate": st.none() | st.decimals(-9, 9, places=2, allow_nan=False),
            "paid": st.none() | st.booleans(),
            "ordered_on": st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)),
            "due_on": st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)),
            "name": st.none() | st.sampled_from(["a%b", "客:户", "it's", "A"]),
            "city": st.none() | st.sampled_from(["A", "上海"]),
        }
    )


TABLE = sa.Table(
    "expressions",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(key, kind.column_type()) for key, kind in TYPES.items()),
)


@pytest.fixture(scope="module")
def connections(postgres: Postgres) -> Iterator[list[sa.Connection]]:
    opened = [sa.create_engine(address).connect() for address in ("sqlite://", postgres.url("postgres"))]
    for connection in opened:
        TABLE.create(connection)
    yield opened
    for connection in opened:
        connection.rollback()
        connection.close()
        connection.engine.dispose()


RESULTS = {"number": "money", "text": "text", "boolean": "boolean", "date": "date"}


@settings(max_examples=60)
@given(data=st.data())
@pytest.mark.parametrize("kind", RESULTS)
def test_python_and_both_engines_agree(kind: str, data: st.DataObject, connections: list[sa.Connection]) -> None:
    formula = data.draw(trees()[kind])
    node = parse(formula, OPERANDS)
    node = Fitted(node, 2) if kind == "number" else node
    many = data.draw(st.lists(rows(), min_size=1, max_size=4))
    for connection in connections:
        connection.execute(TABLE.delete())
        connection.execute(TABLE.insert(), [{"id": at, **row} for at, row in enumerate(many)])
        column = sa.type_coerce(node.sql(dict(TABLE.c)), FIELD_TYPES[RESULTS[kind]]().column_type())
        found = connection.scalars(sa.select(column).select_from(TABLE).order_by(TABLE.c.id)).all()
        for row, sql in zip(many, found, strict=True):
            assert sql == node.value(row), (connection.dialect.name, formula, row)
