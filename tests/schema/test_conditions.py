"""Python and SQL agree on every operator, type and nothing; sentences read well."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from portal.fields import FIELD_TYPES, OPERATORS, Field, FieldError, Text
from portal.schema import conditions
from tests.fields.test_values import made

pytestmark = pytest.mark.usefixtures("without_links")
NOW = datetime(2026, 3, 31, 6, 30, tzinfo=UTC)
ME = SimpleNamespace(id=7, team_id=3, office_id=None)
FIELDS = {
    key: Field("thing", key, Text(zh=f"字段{key}", en=key), made(key), physical=f"{key}_f1") for key in FIELD_TYPES
}
TABLE = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(field.column, field.type.column_type()) for field in FIELDS.values()),
)


@dataclass
class Thing:
    fields: dict[str, Field]


ENTITY: Any = Thing(FIELDS)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
EDGES = {
    "date": [date(1000, 1, 1), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1), date(9998, 12, 31)],
    "datetime": [NOW, NOW + timedelta(microseconds=1), datetime(2026, 3, 30, 16, 0, tzinfo=UTC)],
    "money": [Decimal("0.10"), Decimal("0.30"), Decimal("9999999999999.99"), Decimal("-0.01")],
    "percent": [Decimal("0.3"), Decimal("0.0001")],
    "integer": [0, -1, 2**40, 999_999_999_999_999],
    "person": [7, 8],
    "team": [3, 4],
    "text": ["a%b", "A_b", "\\", "ÄäÉ", "腾讯", "腾", "'", "ab", "AB"],
    "address": ["440305 科技园路1号", "44", "4403 市区路9 A座", "310115 ab区"],
    "tags": [("a",), ("A", "ab"), ("决策人", "老客户")],
}


def values(key: str, words: list[str], rng: random.Random) -> list[Any]:
    """Likely, odd and hostile values of the type, always with nothing among them."""
    kind = FIELDS[key].type
    found = [None, *EDGES.get(key, []), *(kind.sample(rng) for _ in range(3))]
    for word in words:
        try:
            found.append(kind.parse(word))
        except FieldError:
            continue
    return found


def rights(key: str, takes: str, known: list[Any], rng: random.Random) -> list[Any]:
    """Raw right sides that fit what the operator takes."""
    some = [value for value in known if value is not None] or [1]
    one = [rng.choice(some) for _ in range(4)]
    if FIELDS[key].type.is_many:
        one = [word for value in one for word in value]
    match takes:
        case "nothing":
            return [True, False]
        case "duration":
            return ["30 days", "1 month", "0 days", "2 hours", "1年"]
        case "two":
            return [sorted([rng.choice(some), rng.choice(some)]) for _ in range(2)]
        case "many" if key == "address":
            return [[value[:4] for value in one], ["广东省", "31", "深圳市"]]
        case "many":
            return [one, one[:1]]
    relative = ["today", "now - 1 day", "today + 1 month"] if FIELDS[key].type.is_time else []
    places = ["深圳", "区", "南山区科技园", "广东省深圳市南山区科技园路", "路1", "A座"] if key == "address" else []
    return [*one, *relative, *places]


@pytest.fixture(scope="module")
def connections(postgres_address: str) -> Iterator[list[sa.Connection]]:
    engines = [sa.create_engine("sqlite://"), sa.create_engine(postgres_address)]
    opened = [engine.connect() for engine in engines]
    for connection in opened:
        TABLE.create(connection)
    yield opened
    for connection in opened:
        connection.rollback()
        connection.close()
        connection.engine.dispose()


@settings(max_examples=8)
@given(words=st.lists(WORDS, max_size=4), seed=st.integers(0, 10_000))
@pytest.mark.parametrize("key", FIELD_TYPES)
def test_python_and_sql_agree(key: str, words: list[str], seed: int, connections: list[sa.Connection]) -> None:
    rng = random.Random(seed)
    known = values(key, words, rng)
    rows = [{"id": number, FIELDS[key].column: value} for number, value in enumerate(known, 1)]
    tests = trees(key, known, rng)
    for connection in connections:
        connection.execute(TABLE.delete())
        connection.execute(TABLE.insert(), rows)
        where = [test.where(TABLE, NOW, ME) for test in tests]
        found = connection.execute(sa.select(TABLE.c.id, TABLE.c[FIELDS[key].column], *where)).all()
        for row in found:
            assert row[1] == known[row.id - 1], "the column gives back what it was given"
            told = [test.matches({key: row[1]}, NOW, ME) for test in tests]
            wrong = [
                (t, sql)
                for t, sql, python in zip(tests, row[2:], told, strict=True)
                if bool(sql) != python or sql is None
            ]
            assert not wrong, (connection.dialect.name, row[1], wrong[:2])


def trees(key: str, known: list[Any], rng: random.Random) -> list[conditions.Condition]:
    """A test of each operator of the type, and trees of them."""
    tests: list[conditions.Condition] = []
    for name in FIELDS[key].type.operators:
        for raw in rights(key, OPERATORS[name].takes, known, rng):
            try:
                tests.append(conditions.parse({key: {name: raw}}, ENTITY))
            except conditions.ConditionError:
                continue
    pairs = [(rng.choice(tests), rng.choice(tests)) for _ in range(6)]
    return [
        *tests,
        *(conditions.Not(test) for test in tests),
        *(conditions.All(pair) for pair in pairs),
        *(conditions.Not(conditions.Any(pair)) for pair in pairs),
    ]


@pytest.mark.parametrize("key", FIELD_TYPES)
def test_dumps_and_addresses_read_back(key: str) -> None:
    rng = random.Random(key)
    for tree in trees(key, values(key, ["a,b", "c\\d", "x:y"], rng), rng):
        assert conditions.parse(tree.dump(), ENTITY) == tree
        if isinstance(tree, conditions.Test):
            assert conditions.from_query(MultiDict(conditions.to_query(tree)), ENTITY) == tree


NODE = {
    "all": [
        {"money": {"gte": 100000}},
        {"percent": {"gte": "30%"}},
        {"any": [{"choice": ["make", "it"]}, {"tags": {"has": "决策人"}}]},
        {"date": {"older_than": "30 days"}},
        {"not": {"choice": "it"}},
    ]
}


def test_sentences(babel_app: Flask) -> None:
    with babel_app.app_context():
        tree = conditions.parse(NODE, ENTITY)
        with force_locale("en"):
            assert tree.sentence() == (
                "money is at least ¥100,000.00, and percent is at least 30%, and (choice is Making or IT, "
                "or tags include 决策人), and date is more than 30 days ago, and not (choice is IT)"
            )
        with force_locale("zh_Hans_CN"):
            assert tree.sentence() == (
                "字段money不少于 ¥100,000.00，且字段percent不少于 30%，且（字段choice是制造业或信息技术，"
                "或字段tags含决策人），且字段date早于 30 天前，且不是（字段choice是信息技术）"
            )


def test_forms_of_a_node() -> None:
    def keys(node: Any) -> list[str]:
        tree = conditions.parse(node, ENTITY)
        return [test.operator.key for test in getattr(tree, "of", [tree])]

    assert keys({"choice": "it"}) == ["eq"]
    assert keys({"choice": ["it"]}) == ["in"]
    assert keys({"tags": ["a", "b"]}) == ["has_any"]
    assert keys({"text": None}) == keys({"text": {"eq": None}}) == ["empty"]
    assert keys({"money": {"gte": 1, "lt": 5}}) == ["gte", "lt"]
    assert keys([{"text": "a"}, {"integer": 5}]) == ["eq", "eq"]
    assert conditions.parse({}, ENTITY) == conditions.parse(None, ENTITY) == conditions.Always()
    assert conditions.parse(NODE, ENTITY).fields() == {"money", "percent", "choice", "tags", "date"}


def test_all_problems_at_once() -> None:
    node = {"any": [{"monye": 3}, {"money": {"has": 3}}, {"date": {"before": "soon"}}, 5], "all": []}
    with pytest.raises(conditions.ConditionError) as caught:
        conditions.parse(node, ENTITY)
    assert [problem.path for problem in caught.value.problems] == [
        ("any", 0, "monye"),
        ("any", 1, "money", "has"),
        ("any", 2, "date", "before"),
        ("any", 3),
        ("all",),
    ]
    assert "money" in str(caught.value.problems[0].hint)


@pytest.mark.parametrize("side", [{"in": ["a", {"b": 1}]}, {"eq": {"b": 1}}, ["a", {"b": 1}]])
def test_a_value_to_compare_with_is_a_single_one(side: Any) -> None:
    with pytest.raises(conditions.ConditionError) as caught:
        conditions.parse({"text": side}, ENTITY)
    assert [str(problem.message) for problem in caught.value.problems] == ["must be a single value"]


def test_a_day_means_all_of_it() -> None:
    late = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
    for node in ({"lte": "2026-03-31"}, {"between": ["2026-03-31", "2026-03-31"]}, {"gte": "2026-03-31"}):
        assert conditions.parse({"datetime": node}, ENTITY).matches({"datetime": late}, NOW)
    assert not conditions.parse({"datetime": {"after": "2026-03-31"}}, ENTITY).matches({"datetime": late}, NOW)


@given(text=st.text(max_size=30), key=st.sampled_from([*FIELDS, "nothing", "__class__"]))
def test_any_address_is_read_or_refused(text: str, key: str) -> None:
    try:
        conditions.from_query({f"f.{key}": text}, ENTITY)
    except conditions.ConditionError as error:
        assert error.problems
