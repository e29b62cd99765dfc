"""Lists: every order, every page, both directions, nulls and rights; hostile names go nowhere."""

import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import records, schema
from portal.errors import Invalid, PortalError
from portal.extensions import db
from portal.schema import conditions
from portal.security import SYSTEM

KEYS = ("name", "employees", "last_contact_on", "status", "id")


def populate(count: int = 60) -> list[dict]:
    rng = random.Random(7)
    rows = [
        {
            "name": rng.choice(["甲", "乙", "Alpha", "alpha", "丙丁", "Zeta"]),
            "employees": rng.choice([None, None, 1, 2, 3, 50]),
            "last_contact_on": rng.choice([None, date(2026, 1, 1), date(2026, 2, 1), date(2025, 12, 31)]),
            "status": rng.choice(["prospect", "active", "lost"]),
        }
        for _ in range(count)
    ]
    saved = records.bulk.save_many("customer", rows, by=SYSTEM)
    return [{**row, "id": id_} for row, id_ in zip(rows, saved.ids, strict=True)]


def in_order(rows: list[dict], sort: list[str]) -> list[int]:
    """The ids as the list should show them: a stable sort per key from the last to the first, empty values last."""
    options = [key for key, _ in schema.current().entities["customer"].fields["status"].type.choices()]
    ordered = sorted(rows, key=lambda row: row["id"], reverse=sort[-1].startswith("-"))
    for name in reversed(sort):
        key = name.removeprefix("-")
        filled = [row for row in ordered if row[key] is not None]
        filled.sort(
            key=lambda row: options.index(row[key]) if key == "status" else row[key], reverse=name.startswith("-")
        )
        if name.startswith("-"):  # reverse=True keeps equal rows in their order: that is what we want
            pass
        ordered = filled + [row for row in ordered if row[key] is None]
    return [row["id"] for row in ordered]


orders = st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True).flatmap(
    lambda keys: st.tuples(*(st.sampled_from([key, f"-{key}"]) for key in keys)).map(list)
)


def test_pages_follow_each_other_in_any_order(app):
    rows = populate()

    @settings(max_examples=60)
    @given(sort=orders, limit=st.integers(3, 25))
    def hold(sort, limit):
        expected, seen, cursor = in_order(rows, sort), [], None
        while True:
            page = records.search("customer", SYSTEM, sort=sort, after=cursor, limit=limit, columns=["name"])
            seen += [record.id for record in page]
            if page.next is None:
                break
            cursor = page.next
        assert seen == expected
        back, cursor = [], page.previous
        while cursor is not None:
            page = records.search("customer", SYSTEM, sort=sort, before=cursor, limit=limit, columns=["name"])
            back = [record.id for record in page] + back
            cursor = page.previous
        assert back == expected[: len(back)]
        assert len(back) >= len(expected) - limit

    hold()


def test_a_cursor_that_is_gone_begins_anew(app, people):
    populate(5)
    assert len(records.search("customer", SYSTEM, after=999_999)) == 5
    # Where a hidden row would stand tells nothing either.
    assert len(records.search("customer", people.alice, after=1)) == 0


def test_each_sees_the_rows_of_the_role(people, make):
    owners = {"alice": people.alice, "bob": people.bob, "charlie": people.charlie}
    ids = {name: make("customer", by=person, name=name).id for name, person in owners.items()}

    def seen(person):
        return {record["name"] for record in records.search("customer", person)}

    assert seen(people.alice) == seen(people.bob) == {"alice", "bob"}
    assert seen(people.dora) == seen(people.erin) == seen(people.mary) == {"alice", "bob"}
    assert seen(people.charlie) == {"charlie"}
    assert seen(people.admin) == set(owners)
    may_edit = {record["name"]: record.may("edit") for record in records.search("customer", people.alice)}
    assert may_edit == {"alice": True, "bob": False}
    contact = make("contact", by=people.charlie, name="李四", customer=ids["charlie"])
    assert [record.id for record in records.search("contact", people.charlie)] == [contact.id]
    assert len(records.search("contact", people.alice)) == 0


def test_masked_and_hidden_fields_stay_so(people, make):
    make("customer", by=SYSTEM, name="A", phone="13800138000", owner=people.alice.id, credit_rating="b")
    (record,) = records.search("customer", people.mary)
    assert record.text("phone") == "138****8000"
    assert record.value("phone") is None
    assert record.text("credit_rating") == ""
    assert "credit_rating" not in record.visible()
    entity = schema.current().entities["customer"]
    for key in ("phone", "credit_rating"):
        with pytest.raises(Invalid):
            records.search("customer", people.mary, sort=[key])
        with pytest.raises(Invalid):
            condition = conditions.parse({key: {"filled": True}}, entity)
            records.search("customer", people.mary, condition=condition)


def test_conditions_narrow_and_counts_stop(people):
    populate(40)
    entity = schema.current().entities["customer"]
    condition = conditions.parse({"status": "lost"}, entity)
    page = records.search("customer", SYSTEM, condition=condition, limit=5)
    assert {record["status"] for record in page} == {"lost"}
    assert (page.count, page.more) == (len(records.search("customer", SYSTEM, condition=condition, limit=99)), False)
    records.bulk.save_many("customer", [{"name": "many"}] * 1000, by=SYSTEM)
    page = records.search("customer", SYSTEM)
    assert (page.count, page.more, page.count_text) == (1000, True, "1000+")


def test_only_the_columns_asked_for_are_read(people, make):
    make("customer", by=people.alice, name="A", city="上海")
    (record,) = records.search("customer", people.alice, columns=["city"])
    assert set(record.values) == {"id", "version", "archived_at", "name", "city"}


hostile = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "name; DROP TABLE record_customer --",
            "name' OR '1'='1",
            '"name"',
            "name) UNION SELECT CANARY",
            "name_f1",
            "owner_id",
            "CANARY",
            "-CANARY",
            "CASE WHEN CANARY",
            "\x00CANARY",
        ]
    ).map(lambda text: f"{text}CANARY"),
)


def test_hostile_names_never_reach_sql(people, app, make):
    make("customer", by=people.alice, name="A")
    entity = schema.current().entities["customer"]
    spoken: list[str] = []

    def hear(connection, cursor, statement, parameters, context, many):
        spoken.append(statement)

    db.event.listen(db.engine, "before_cursor_execute", hear)

    @settings(max_examples=150)
    @given(name=hostile, operator=hostile, value=hostile)
    def hold(name, operator, value):
        spoken.clear()
        attempts = [
            lambda: records.search("customer", people.alice, sort=[name]),
            lambda: records.search("customer", people.alice, columns=["name"], text=value),
            lambda: records.finder.find(value, people.alice),
            lambda: records.search(
                "customer", people.alice, condition=conditions.parse({name: {operator: value}}, entity)
            ),
            lambda: records.search(
                "customer", people.alice, condition=conditions.parse({"name": {"contains": value}}, entity)
            ),
            lambda: records.search(name, people.alice),
            lambda: records.search("customer", people.alice, columns=[name]),
        ]
        for attempt in attempts:
            try:
                attempt()
            except PortalError as refusal:
                assert refusal.status < 500
        assert not [statement for statement in spoken if "CANARY" in statement.upper()]

    hold()
    db.event.remove(db.engine, "before_cursor_execute", hear)
