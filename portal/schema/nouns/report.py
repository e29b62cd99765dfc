"""`reports/<key>.yml`: the sections of a PDF report, and when it makes itself."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from flask_babel import lazy_gettext as _l
from pydantic import Field as Key_
from pydantic import model_validator

from portal.fields import Text
from portal.schema.nouns.base import Key, Noun, TimeOfDay, Words
from portal.schema.nouns.condition import When, scope
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog
    from portal.schema.entity import Entity

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Subject = Literal["person", "team", "office"]
Unit = Literal["day", "week", "month"]


class ScheduleNoun(Noun):
    """When the report makes itself over the last full period, for whom, mailed to the holders of a role."""

    weekly: Weekday
    at: TimeOfDay
    for_: Subject = Key_(default="team", alias="for")
    role: str


Value = dict[Literal["count", "sum", "avg"], str | bool]


class FigureNoun(Noun):
    """One big number: how many records, or the sum or average of a field of them."""

    label: Text
    entity: str
    value: Value | None = None
    when: When | None = None
    within: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _speak_of_entity(cls, data: object) -> object:
        return scope(data, data.get("entity") if isinstance(data, dict) else None)

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity and its fields."""
        entity = catalog.entities.get(self.entity)
        if entity is None:
            yield unknown(("entity",), self.entity, catalog.entities, "entity")
            return
        named: list[tuple[tuple[str | int, ...], object]] = [(("within",), self.within)] if self.within else []
        named += [(("value", how), field) for how, field in (self.value or {}).items()]
        for path, field in named:
            if isinstance(field, str) and field not in entity.fields:
                yield unknown(path, field, entity.fields, "field")


class SectionNoun(Noun):
    """A part of the report: cover, figures, text, table (of an entity or of a named source) or chart."""

    kind: Literal["cover", "figures", "text", "table", "chart"]
    figures: tuple[FigureNoun, ...] = ()
    title: Text | None = None
    note: Text | None = None
    text: Text | None = None
    entity: str | None = None
    source: str | None = None
    columns: Words = ()
    when: When | None = None
    within: str | None = None
    sort: Words = ()
    limit: int = Key_(default=200, ge=1, le=2000)
    value: Value | None = None
    by: str | dict[Unit, str] | None = None
    draw: Literal["bar", "line", "pie"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _speak_of_entity(cls, data: object) -> object:
        return scope(data, data.get("entity") if isinstance(data, dict) else None)

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check what a table or chart shows."""
        for place, figure in enumerate(self.figures):
            for fault in figure.faults(catalog):
                yield Fault(("figures", place, *fault.path), fault.message, fault.hint)
        if self.kind not in ("table", "chart"):
            return
        if (self.entity is None) == (self.source is None):
            yield Fault((), _l('a table or chart needs either "entity" or "source"'))
        if self.entity is None:
            return
        entity = catalog.entities.get(self.entity)
        if entity is None:
            yield unknown(("entity",), self.entity, catalog.entities, _l("entity"))
        else:
            yield from self._unknown_fields(entity)

    def _unknown_fields(self, entity: "Entity") -> Iterator[Fault]:
        named: list[tuple[tuple[str | int, ...], str]] = []
        named += [(("columns", place), field) for place, field in enumerate(self.columns)]
        named += [(("sort", place), field.lstrip("-")) for place, field in enumerate(self.sort)]
        named += [(("value", how), field) for how, field in (self.value or {}).items() if isinstance(field, str)]
        named += [(("within",), self.within)] if self.within else []
        if isinstance(self.by, dict):
            named += [(("by", unit), field) for unit, field in self.by.items()]
        elif self.by:
            named += [(("by",), self.by)]
        for path, field in named:
            if field not in entity.fields:
                yield unknown(path, field, entity.fields, _l("field"))


class ReportNoun(Noun):
    """A report by person, team or office and period."""

    named: ClassVar[str] = "report"
    report: Key
    label: Text
    help: Text | None = None
    period: Literal["week", "month", "quarter", "year"] = "month"
    subjects: tuple[Subject, ...] = ("person", "team", "office")
    schedule: ScheduleNoun | None = None
    sections: tuple[SectionNoun, ...]

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the role it is mailed to and every section."""
        if self.schedule and self.schedule.role not in catalog.roles:
            yield unknown(("schedule", "role"), self.schedule.role, catalog.roles, _l("role"))
        for place, section in enumerate(self.sections):
            for fault in section.faults(catalog):
                yield Fault(("sections", place, *fault.path), fault.message, fault.hint)
