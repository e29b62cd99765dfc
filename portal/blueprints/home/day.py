"""What a person's day is made of, as far as the schema has tasks, tiers, customers and tickets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from portal import insights, records, rules, sales, schema
from portal.insights.lens import Lens, Subject
from portal.insights.measures import Measure
from portal.records import Record
from portal.schema import Entity, conditions
from portal.security import Person, policy

SOME = 8
MORNING, NOON, EVENING = 5, 12, 18
ENDS = ("solved", "closed", "done", "cancelled")


@dataclass(frozen=True)
class Share:
    """How many of a person's records stand in one level of a tier."""

    label: Any
    colour: str
    count: int
    percent: int
    href: str


@dataclass(frozen=True)
class Levels:
    """A person's records over the levels of one tier."""

    label: Any
    total: int
    shares: list[Share]


def greeting(hour: int) -> str:
    """A greeting for the hour of the day."""
    if MORNING <= hour < NOON:
        return _("Good morning")
    return _("Good afternoon") if NOON <= hour < EVENING else _("Good evening")


def tasks(person: Person) -> Any:
    """The open tasks of the person's day, or None where there are none to be had."""
    return sales.tasks.of_day(person) if sales.tasks.is_open_to(person) else None


def tickets(person: Person) -> list[Record] | None:
    """The person's tickets that have not ended; None where tickets are not the person's work."""
    entity = _entity(person, "ticket", "owner", "state")
    if entity is None or not policy.may(person, "tickets.work"):
        return None
    known = dict(entity.fields["state"].type.choices() or ())
    ends = [key for key in ENDS if key in known]
    return _mine(entity, person, {"state": {"not_in": ends}} if ends else {})


def recent(person: Person) -> list[Record]:
    """The person's customers, the last changed first."""
    entity = _entity(person, "customer", "owner", "updated_at")
    return _mine(entity, person, {}, ("-updated_at",)) if entity is not None else []


def stuck(person: Person) -> int:
    """How many workflow runs stand still that the person can set going again."""
    return rules.workflows.runs.stuck_number(person) if policy.may(person, "jobs.manage") else 0


def levels(person: Person) -> Iterator[Levels]:
    """The person's records over the levels of every tier."""
    for tier in schema.current().tiers.values():
        entity = _entity(person, tier.on, "owner", tier.field)
        if entity is not None:
            yield _levels(person, entity, tier)


def _levels(person: Person, entity: Entity, tier: Any) -> Levels:
    mine = Lens(person, Subject("person", person.id, person.name))
    counts = {part.key: int(part.value) for part in insights.measures.split(Measure(entity.key), tier.field, mine)}
    total = sum(counts.values())
    return Levels(tier.label, total, [_share(entity, tier, key, counts.get(key, 0), total) for key in tier.levels])


def _share(entity: Entity, tier: Any, key: str, count: int, total: int) -> Share:
    level = tier.levels[key]
    arguments: dict[str, Any] = {"f.owner": "is_me:true", f"f.{tier.field}": f"in:{key}"}
    href = url_for("records.index", entity=entity, **arguments)
    return Share(level.label, level.colour, count, round(100 * count / total) if total else 0, href)


def _entity(person: Person, key: str, *fields: str) -> Entity | None:
    """The entity if the schema has it, with these fields, and the person may view it and read them."""
    entity = schema.current().entities.get(key)
    if entity is None or not policy.can(person, "view", key):
        return None
    return entity if all(records.reading.may_read(person, entity.fields.get(field)) for field in fields) else None


def _mine(entity: Entity, person: Person, more: dict[str, Any], sort: tuple[str, ...] = ()) -> list[Record]:
    condition = conditions.parse({"owner": {"is_me": True}, **more}, entity)
    return records.search(entity.key, person, condition=condition, sort=sort, limit=SOME).records
