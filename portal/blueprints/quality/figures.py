"""What the board shows of one document: only issues of fields the person knows of, and records within reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import records, rules, schema
from portal.errors import NotFound
from portal.extensions import db
from portal.schema import Entity
from portal.security import Office, Person, Team, policy

totals = rules.quality.totals
Line = rules.quality.totals.Line
BY: dict[str, tuple[Any, Any]] = {
    "office": (_l("Office"), Office),
    "team": (_l("Team"), Team),
    "owner": (_l("Owner"), Person),
}
DIMENSIONS = {
    "completeness": _l("Completeness"),
    "validity": _l("Validity"),
    "consistency": _l("Consistency"),
    "uniqueness": _l("Uniqueness"),
    "timeliness": _l("Timeliness"),
}


@dataclass(frozen=True)
class Shown:
    """One issue as the board names it."""

    key: str
    label: Any
    colour: str
    dimension: str

    @property
    def about(self) -> Any:
        """The name of its dimension."""
        return DIMENSIONS[self.dimension]


@dataclass(frozen=True)
class Row:
    """One office, team or owner with what its records come to."""

    id: int | None
    name: str
    line: Line


class Figures:
    """The figures of one document for one person, narrowed to an office where one is chosen."""

    def __init__(self, noun: Any, person: Person, office: int | None = None) -> None:
        self.noun, self.person, self.office = noun, person, office
        found, self.at = totals.lines(noun, person)
        self.lines = [line for line in found if office is None or line.office == office]
        self.offices = sorted({line.office for line in found if line.office is not None})

    @property
    def entity(self) -> Entity:
        """The kind of records it is about."""
        return schema.current().entities[self.noun.on]

    @cached_property
    def total(self) -> Line:
        """All of it together."""
        return _sum(self.lines)

    @cached_property
    def issues(self) -> list[Shown]:
        """The issues the person may hear of."""
        kind, known = self.entity.fields[self.noun.issues].type, []
        for issue in self.noun.appraisal(self.entity).issues:
            fields = [self.entity.fields[key] for key in issue.fields()]
            if all(records.reading.may_know(self.person, field) for field in fields):
                word = {"label": kind.text((issue.key,)), "colour": kind.colour(issue.key)}
                known.append(Shown(issue.key, dimension=issue.dimension, **word))
        return known

    def of(self, dimension: str) -> int:
        """How many records have an issue of a dimension."""
        return self.total.issues[f"{totals.ANY}{dimension}"]

    def rows(self, by: str) -> list[Row]:
        """The offices, teams or owners, those with the most issues first."""
        groups: dict[int | None, list[Line]] = {}
        for line in self.lines:
            groups.setdefault(getattr(line, by), []).append(line)
        names = names_of(by, groups)
        found = [Row(id_, names.get(id_) or _("Nobody"), _sum(lines)) for id_, lines in groups.items()]
        return sorted(found, key=lambda row: (row.line.flawless - row.line.records, row.name))

    def href(self, keys: Sequence[str] = (), by: str = "", id_: int | None = None, **more: str) -> str:
        """The list of the records behind a number."""
        arguments: dict[str, Any] = dict(more)
        if keys:
            arguments[f"f.{self.noun.issues}"] = f"has_any:{','.join(keys)}"
        if self.office is not None:
            arguments["f.office"] = f"eq:{self.office}"
        if by:
            arguments[f"f.{by}"] = "empty:true" if id_ is None else f"eq:{id_}"
        return url_for("records.index", entity=self.entity, **arguments)


def _sum(lines: Sequence[Line]) -> Line:
    total = Line()
    for line in lines:
        total.add(line)
    return total


def names_of(by: str, ids: Any) -> dict[int | None, str]:
    """The names of offices, teams or people."""
    model = BY[by][1]
    wanted = [id_ for id_ in ids if id_ is not None]
    return dict(db.session.execute(sa.select(model.id, model.name).where(model.id.in_(wanted))).all())


def known(person: Person) -> list[Any]:
    """The documents about records and fields that the person may read."""
    entities = schema.current().entities
    return [
        noun
        for noun in schema.current().quality.values()
        if policy.can(person, "view", noun.on)
        and records.reading.may_read(person, entities[noun.on].fields[noun.issues])
        and records.reading.may_read(person, entities[noun.on].fields[noun.score])
    ]


def noun_of(key: str, person: Person) -> Any:
    """One of these documents; raises NotFound."""
    found = next((noun for noun in known(person) if noun.key == key), None)
    if found is None:
        raise NotFound
    return found
