"""No name from outside becomes SQL: any text as order, filter, field, operator, column or export (S4)."""

import os
import random
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from portal.extensions import db
from tests.security.test_disguise import post

TRIES = int(os.environ.get("PORTAL_HOSTILE_TEXTS", "120"))
CANARY = "zq9hostile"
SHAPES = (
    "{}",
    "{}; DROP TABLE person",
    "name) OR 1=1 -- {}",
    "'{}",
    '"{}"',
    "name,{}",
    "-{}",
    "`{}`",
    "[{}]",
    "name::{}",
    "{}%00",
    "lower({})",
    "1 UNION SELECT {}",
    "\\{}",
    "{}\n--",
    "＇{}＂",
    "$${}$$",
    "%({})s",
    ":{}",
    "{{{{{}}}}}",
    "owner_id {}",
    "{}" + "x" * 3000,
    "name desc nulls last, {}",
    "(select {})",
)
OPERATORS = ("eq", "in", "gte", "has", "older_than", "between", "contains", "empty")


@contextmanager
def statements():
    """Every statement executed meanwhile, as text without its parameters."""
    seen: list[str] = []

    def listen(connection, cursor, statement, parameters, context, many) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    yield seen
    sa.event.remove(db.engine, "before_cursor_execute", listen)


def _questions(rng: random.Random):
    """Addresses that hold a hostile text in one place."""
    text = rng.choice(SHAPES).format(CANARY)
    slug = rng.choice(["customers", "orders", "tickets", "contacts", "tasks"])
    operator = rng.choice(OPERATORS)
    place = rng.choice(
        [
            {"sort": text},
            {"columns": f"name,{text}"},
            {f"f.{text}": "eq:1"},
            {"f.name": f"{text}:1"},
            {f"f.{text}": f"{operator}:{text}"},
            {rng.choice(["f.name", "f.owner", "f.created_at", "f.amount", "f.tags"]): f"{operator}:{text}"},
            {"q": text},
            {"after": text},
            {"before": text},
            {"view": text},
            {"archived": text},
            {"tab": text, "of": text},
        ]
    )
    return rng.choice([f"/{slug}", f"/{slug}", f"/choices/{slug[:-1]}", "/search", f"/{slug}/filter"]), place


@pytest.fixture
def client(as_, people, make):
    customer = make("customer", by=people.admin, name="上海近处")
    make("order", by=people.admin, number="1", customer=customer.id, ordered_on="2026-01-05", amount="5")
    return as_(people.admin)


def test_texts_of_addresses_stay_values(client, engine_name) -> None:
    rng, wrong = random.Random(f"{engine_name}{TRIES}"), []
    with statements() as seen:
        for _ in range(TRIES):
            path, place = _questions(rng)
            address = f"{path}?{urlencode(place)}"
            before, code = len(seen), client.get(address).status_code
            if code >= 500 or any(CANARY in statement for statement in seen[before:]):
                wrong.append(f"{address[:200]}: {code}")
    assert seen, "the hook hears"
    assert not wrong, "\n".join(wrong)


def test_texts_of_exports_stay_values(client, engine_name) -> None:
    rng, wrong = random.Random(engine_name), []
    with statements() as seen:
        for _ in range(max(TRIES // 8, 10)):
            _path, place = _questions(rng)
            given = {"entity": "customer", "query": urlencode(place), "format": "csv"}
            given |= rng.choice([{}, {}, {"format": CANARY}, {"entity": f"customer {CANARY}"}])
            answer = post(client, "/exports/", **given)
            if answer.status_code >= 500 or any(CANARY in statement for statement in seen):
                wrong.append(f"{given}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
