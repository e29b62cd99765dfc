"""The policy equals its shadow, and unknown things are refused (S3)."""

import dataclasses
import random

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal import records, schema
from portal.extensions import db
from portal.fields import FIELD_TYPES, Field, Text
from portal.schema import compiled
from portal.schema.nouns.role import RoleNoun
from portal.security import SYSTEM, Office, policy
from portal.security.policy import Access
from tests.security.shadow import Shadow, Somebody, stamp

SCOPES = ("none", "own", "team", "office", "all")
ACTIONS = ("view", "edit", "archive", "export")
scope = st.sampled_from(SCOPES)
right = st.fixed_dictionaries(dict.fromkeys(ACTIONS, scope), optional={"status": st.just("active")})
role = st.fixed_dictionaries({}, optional={"customer": right, "contact": right})
ids = st.sampled_from([None, 1, 2, 3])


def with_roles(monkeypatch, roles) -> None:
    """The shipped release with made-up roles."""
    catalog = dataclasses.replace(schema.current(), roles={noun.key: noun for noun in roles})
    monkeypatch.setattr(schema, "current", lambda: catalog)
    monkeypatch.setattr(compiled, "base", lambda: catalog)


def noun(key, given_role) -> RoleNoun:
    entities = {}
    for entity_key, given_right in given_role.items():
        grant = {action: given_right[action] for action in ACTIONS}
        if entity_key == "customer" and "status" in given_right:
            grant["when"] = {"status": given_right["status"]}
        entities[entity_key] = grant
    return RoleNoun.model_validate(
        {"role": key, "label": key, "entities": entities}, context={"entities": schema.current().entities}
    )


@pytest.fixture
def world(app):
    """Three offices under one another, sixty customers, eighty contacts, some without a customer."""
    rng, parents = random.Random(7), {1: None, 2: 1, 3: 2}
    db.session.execute(sa.update(Office).values(parent_id=None))
    for number in parents:
        if db.session.get(Office, number) is None:
            db.session.add(Office(id=number, key=f"office_{number}", name=f"Office {number}"))
    db.session.flush()
    for number, parent in parents.items():
        db.session.get(Office, number).parent_id = parent
    shadow = Shadow(parents, [])
    for number in range(1, 61):
        row = {"status": rng.choice(["active", "lost", None]), **_places(rng)}
        shadow.customers[number] = row
        _insert("customer", {"id": number, "name": f"C{number}", **row})
    contacts = {}
    for number in range(1, 81):
        contacts[number] = {"customer": rng.choice([None, *range(1, 61)]), **_places(rng)}
        _insert("contact", {"id": number, "name": f"P{number}", **contacts[number]})
    db.session.flush()
    return shadow, {"customer": shadow.customers, "contact": contacts}


def _places(rng) -> dict[str, int | None]:
    return {key: rng.choice([None, 1, 2, 3]) for key in ("owner_id", "team_id", "office_id")}


def _insert(key, values) -> None:
    fields = schema.current().entities[key].fields
    physical = {fields[name].physical if name in fields else name: value for name, value in values.items()}
    db.session.execute(sa.insert(records.tables.table_of(key)).values(**physical, **stamp()))


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(first=role, second=role, office=ids, team=ids, me=st.sampled_from([1, 2, 3]))
def test_rows_equal_the_shadow(app, world, first, second, office, team, me) -> None:
    shadow, rows = world
    shadow.roles = [first, second]
    who, entities = Somebody(me, office, team), schema.current().entities
    with pytest.MonkeyPatch.context() as monkeypatch:
        with_roles(monkeypatch, [noun("first", first), noun("second", second)])
        for key, action in [(key, action) for key in rows for action in ACTIONS]:
            table = records.tables.table_of(key)
            told = policy.rows(who, action, entities[key], table, records.tables.table_of)
            found = set(db.session.scalars(sa.select(table.c.id).where(told)))
            assert found == {id_ for id_, row in rows[key].items() if shadow.may(who, action, key, row)}


def test_nothing_is_allowed_without_a_role(app) -> None:
    nobody, customer = Somebody(1, 1, 1, role_keys=("gone",)), schema.current().entities["customer"]
    assert not policy.may(nobody, "import")
    assert not policy.can(nobody, "view", "customer")
    assert {policy.access(nobody, field) for field in customer.fields.values()} == {Access.HIDE}


def test_roles_add_up(app, monkeypatch) -> None:
    masking = {"customer.phone": "mask", "customer.email": "hide"}
    grant = {"entities": {"customer": {"view": "all"}}}
    first = RoleNoun.model_validate({"role": "first", "label": "x", "may": ["import"], "fields": masking, **grant})
    second = RoleNoun.model_validate({"role": "second", "label": "x", "fields": {"customer.email": "read"}, **grant})
    with_roles(monkeypatch, [first, second])
    fields, both = schema.current().entities["customer"].fields, Somebody(1, 1, 1)
    alone = dataclasses.replace(both, role_keys=("first",))
    assert policy.access(alone, fields["phone"]) == Access.MASK
    assert policy.access(alone, fields["email"]) == Access.HIDE
    assert policy.access(both, fields["phone"]) == Access.READ
    assert policy.access(both, fields["email"]) == Access.READ
    assert policy.may(both, "import")
    assert not policy.may(both, "export")


def test_computed_fields_are_never_written_by_people(app, people) -> None:
    text = FIELD_TYPES["text"]()
    computed = Field("customer", "total", Text.of("Total"), text, physical="total", computed=True)
    assert policy.access(people.admin, computed) == Access.READ
    assert policy.access(SYSTEM, computed) == Access.WRITE


def test_the_portal_itself_may_everything(app) -> None:
    customer, table = schema.current().entities["customer"], records.tables.table_of("customer")
    assert policy.may(SYSTEM, "admin")
    assert policy.can(SYSTEM, "archive", "customer")
    assert isinstance(policy.rows(SYSTEM, "edit", customer, table, records.tables.table_of), sa.True_)


def test_somebody_without_an_id_owns_nothing(app, monkeypatch) -> None:
    grant = {"view": "own", "edit": "own"}
    with_roles(monkeypatch, [RoleNoun.model_validate({"role": "first", "label": "x", "entities": {"customer": grant}})])
    _insert("customer", {"id": 1, "name": "nobody's"})
    customer, table = schema.current().entities["customer"], records.tables.table_of("customer")
    told = policy.rows(Somebody(None, None, None), "view", customer, table, records.tables.table_of)
    assert db.session.scalars(sa.select(table.c.id).where(told)).all() == []
