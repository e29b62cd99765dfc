"""Who reads, about whom and over which days: what every measure is seen through."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from portal import records
from portal.extensions import db
from portal.insights.periods import Period
from portal.schema import Entity, conditions, current
from portal.schema.conditions import Condition
from portal.security import Actor, Office, Person, Team, offices

SubjectKind = Literal["person", "team", "office"]
Thing = Person | Team | Office
MODELS: dict[SubjectKind, type[Person] | type[Team] | type[Office]] = {"person": Person, "team": Team, "office": Office}


@dataclass(frozen=True)
class Subject:
    """The person, team or office a report is about."""

    kind: SubjectKind
    id: int
    name: str

    @classmethod
    def of(cls, thing: Thing) -> "Subject":
        kinds = {model: kind for kind, model in MODELS.items()}
        return cls(kinds[type(thing)], thing.id, thing.name)

    @property
    def rule(self) -> dict[str, Any]:
        """The records of the person, of the team, or of the office and those below it, as a condition."""
        return RULES[self.kind](self.id)


@dataclass(frozen=True)
class Lens:
    """A reader with a subject (None: everything the reader sees) and a period (None: at any time)."""

    person: Actor
    subject: Subject | None = None
    period: Period | None = None

    def condition(self, entity: Entity, when: Condition | None = None, within: str | None = None) -> Condition:
        """Subject, period and condition as one; the reader's rights come with every look-up."""
        rules = [self.subject.rule] if self.subject is not None else []
        if within is not None and self.period is not None:
            rules.append(falls_in(self.period, entity, within))
        return conditions.All((conditions.parse(rules, entity), *([when] if when is not None else [])))

    def where(
        self, entity: Entity, when: Condition | None = None, within: str | None = None
    ) -> list[sa.ColumnElement[bool]]:
        """The predicates of the records seen: the reader's rights first, then subject, period and condition."""
        return records.selection.where(entity.key, self.person, self.condition(entity, when, within))


RULES: dict[SubjectKind, Callable[[int], dict[str, Any]]] = {
    "person": lambda id_: {"owner": {"eq": id_}},
    "team": lambda id_: {"team": {"eq": id_}},
    "office": lambda id_: {"office": {"in": offices.below(id_)}},
}


def falls_in(period: Period, entity: Entity, key: str) -> dict[str, Any]:
    """The condition that the day or moment in a field lies in the period (in the portal's zone)."""
    first, after = (entity.fields[key].type.at(moment) for moment in period.moments)
    return {key: {"gte": first, "lt": after}}


def subjects(person: Person) -> list[Subject]:
    """Whom this person may ask about: the own office (all offices without one) with its teams and people."""
    inside = offices.below(person.office_id) if person.office_id is not None else None
    people = sa.select(Person).where(Person.active).order_by(Person.name)
    teams, places = sa.select(Team).order_by(Team.name), sa.select(Office).order_by(Office.name)
    if inside is not None:
        people, teams = people.where(Person.office_id.in_(inside)), teams.where(Team.office_id.in_(inside))
        places = places.where(Office.id.in_(inside))
    found: list[Thing] = [*db.session.scalars(places), *db.session.scalars(teams), *db.session.scalars(people)]
    mine = Subject("person", person.id, person.name)
    return [mine, *(Subject.of(one) for one in found if (type(one), one.id) != (Person, person.id))]


def subject(kind: SubjectKind, thing_id: int | None) -> Subject | None:
    """The subject of that kind and id, or None where there is none."""
    thing: Any = db.session.get(MODELS[kind], thing_id) if thing_id is not None else None
    return Subject.of(thing) if thing is not None else None


def usual(person: Person) -> Subject:
    """Whom this person asks about most: the team of who leads one, the office of who is in none, else the person."""
    team = db.session.scalars(sa.select(Team).where(Team.lead_id == person.id).order_by(Team.id)).first()
    if team is not None:
        return Subject.of(team)
    office = db.session.get(Office, person.office_id) if person.team_id is None and person.office_id else None
    return Subject.of(office) if office is not None else Subject("person", person.id, person.name)


def entity(key: str) -> Entity:
    """The entity of that key in the release in force."""
    return current().entities[key]
