"""`quality/<key>.yml`: what the data of a record should be like, and how much each part counts."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from flask_babel import lazy_gettext as _l
from pydantic import Field as Key_
from pydantic import field_validator

from portal.fields import Text
from portal.schema import appraisal
from portal.schema.appraisal import Appraisal, Issue
from portal.schema.nouns.base import Duration, Key, Noun, Words
from portal.schema.nouns.condition import When
from portal.schema.nouns.golden import Outcome, ProvenNoun
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog
    from portal.schema.entity import Entity

Dimension = Literal["completeness", "validity", "consistency", "uniqueness", "timeliness"]
DAY = timedelta(days=1)
WORDS = {
    appraisal.STALE: Text(zh="信息过期", en="Not confirmed for long"),
    appraisal.DUPLICATE: Text(zh="疑似重复", en="May be a duplicate"),
}


class FilledNoun(Noun):
    """A field that should be filled in where `when` holds; it counts `weight` times in the completeness."""

    weight: int = Key_(default=1, ge=1, le=100)
    when: When | None = None
    label: Text | None = None


class BrokenNoun(Noun):
    """A rule that a record breaks when the condition `when` holds; `label` says to people what is wrong."""

    label: Text
    when: When
    weight: int = Key_(default=1, ge=1, le=100)


class UniquenessNoun(Noun):
    """A record should have no open pair of the document of duplicates that is named."""

    duplicates: Key
    label: Text | None = None


class RemindNoun(Noun):
    """Owners of stale records are reminded so often, in working hours; after `manager_after` times in vain the lead of
    the team is told, else the managers of the office."""

    every: Duration = timedelta(days=7)
    manager_after: int = Key_(default=3, ge=1, le=50)
    manager: str = "manager"


class TimelinessNoun(Noun):
    """A record is stale when none of the times in `since` is within the last `after`."""

    after: Duration
    since: Words
    label: Text | None = None
    remind: RemindNoun | None = None


class QualityNoun(ProvenNoun):
    """A computed per cent `score` of the entity `on` and a computed field `issues` of what is wrong with a record.

    Each dimension counts by `weights`, 1 where nothing is said.
    """

    named: ClassVar[str] = "quality"
    quality: Key
    label: Text
    help: Text | None = None
    on: str
    score: Key
    score_label: Text | None = None
    issues: Key
    issues_label: Text | None = None
    completeness: dict[Key, FilledNoun] = Key_(default_factory=dict)
    validity: dict[Key, BrokenNoun] = Key_(default_factory=dict)
    consistency: dict[Key, BrokenNoun] = Key_(default_factory=dict)
    uniqueness: UniquenessNoun | None = None
    timeliness: TimelinessNoun | None = None
    weights: dict[Dimension, int] = Key_(default_factory=dict)

    @field_validator("completeness", mode="before")
    @classmethod
    def _plainly(cls, raw: object) -> object:
        """Let a field stand alone, with nothing more to say of it."""
        return {key: {} if said is None else said for key, said in raw.items()} if isinstance(raw, dict) else raw

    def appraisal(self, entity: "Entity") -> Appraisal:
        """Return the rules at work on the fields of the entity; a field it does not have is left out."""
        return Appraisal(tuple(self._issues(entity)), {str(key): weight for key, weight in self.weights.items()})

    def _issues(self, entity: "Entity") -> Iterator[Issue]:
        for key, filled in self.completeness.items():
            if key in entity.fields:
                empty, applies = appraisal.missing(entity.fields[key]), appraisal.always(filled.when)
                yield Issue(appraisal.MISSING + key, "completeness", filled.weight, empty, applies, key)
        for dimension in ("validity", "consistency"):
            for key, broken in getattr(self, dimension).items():
                yield Issue(key, dimension, broken.weight, broken.when, appraisal.always(None))
        if self.uniqueness:
            yield Issue(appraisal.DUPLICATE, "uniqueness", 1, None, appraisal.always(None))
        since = [entity.fields[key] for key in self.timeliness.since if key in entity.fields] if self.timeliness else []
        if self.timeliness and since:
            silent = appraisal.silent(since, max(1, self.timeliness.after // DAY))
            yield Issue(appraisal.STALE, "timeliness", 1, silent, appraisal.always(None))

    def outcome_in(self, entity: "Entity", values: Mapping[str, Any], now: datetime) -> object:
        """Return the score, or score and issues, of a record that is like no other."""
        score, issues = self.appraisal(entity).judge(values, now)
        return Outcome(score, {"score": score, "issues": issues})

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity, the fields and rules it names, and that nobody learns of a field that is hidden."""
        entity = catalog.entities.get(self.on)
        if entity is None:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
            return
        yield from self._named_faults(entity, catalog)
        yield from self._key_faults()
        hint = _l("hide the field of the issues from this role too, or do not ask for the field")
        for role in catalog.roles.values():
            mine = {path.removeprefix(f"{self.on}."): access for path, access in role.fields.items()}
            seen = sorted(key for key in self.appraisal(entity).fields if mine.get(key) == "hide")
            if seen and mine.get(self.issues) != "hide":
                message = _l('the role "%(role)s" does not see "%(field)s"', role=role.key, field=seen[0])
                yield Fault(("issues",), message, hint)

    def _named_faults(self, entity: "Entity", catalog: "Catalog") -> Iterator[Fault]:
        for key in self.completeness:
            if key not in entity.fields:
                yield unknown(("completeness", key), key, entity.fields, _l("field"))
        if self.uniqueness:
            rules = [key for key, noun in catalog.duplicates.items() if noun.on == self.on]
            if self.uniqueness.duplicates not in rules:
                yield unknown(("uniqueness", "duplicates"), self.uniqueness.duplicates, rules, _l("document"))
        for place, key in enumerate(self.timeliness.since if self.timeliness else ()):
            if key not in entity.fields:
                yield unknown(("timeliness", "since", place), key, entity.fields, _l("field"))
            elif not entity.fields[key].type.is_time:
                yield Fault(("timeliness", "since", place), _l("give a field of dates or moments"))
        remind = self.timeliness.remind if self.timeliness else None
        if remind and remind.every < DAY:
            yield Fault(("timeliness", "remind", "every"), _l("give a day or more"))
        if remind and remind.manager not in catalog.roles:
            yield unknown(("timeliness", "remind", "manager"), remind.manager, catalog.roles, _l("role"))
        if self.timeliness and self.timeliness.after < DAY:
            yield Fault(("timeliness", "after"), _l("give a day or more"))

    def _key_faults(self) -> Iterator[Fault]:
        taken = {appraisal.STALE, appraisal.DUPLICATE, *(appraisal.MISSING + key for key in self.completeness)}
        for dimension in ("validity", "consistency"):
            for key in getattr(self, dimension):
                if key in taken:
                    yield Fault((dimension, key), _l("there is such a rule already"))
                taken.add(key)
        if not (self.completeness or self.validity or self.consistency or self.uniqueness or self.timeliness):
            yield Fault((), _l("give at least one dimension, such as completeness"))
        for key, weight in self.weights.items():
            if not 0 <= weight <= 100:
                yield Fault(("weights", key), _l("give a whole number from 0 to 100"))


def options(tree: Mapping[str, Any], labels: Mapping[str, Text]) -> dict[str, Any]:
    """Return the options of the field of the issues, from the document as it is written; raises KeyError and such."""
    found: dict[str, Any] = {}
    for key, said in (tree.get("completeness") or {}).items():
        own = (said or {}).get("label")
        label = Text.model_validate(own) if own else appraisal.label_of_missing(labels.get(key, Text.of(key)))
        found[appraisal.MISSING + key] = {"label": label.model_dump(), "colour": "yellow"}
    for dimension, colour in (("validity", "red"), ("consistency", "orange")):
        for key, said in (tree.get(dimension) or {}).items():
            found[key] = {"label": said["label"], "colour": colour}
    for dimension, key, colour in (
        ("uniqueness", appraisal.DUPLICATE, "purple"),
        ("timeliness", appraisal.STALE, "gray"),
    ):
        if tree.get(dimension):
            found[key] = {"label": tree[dimension].get("label") or WORDS[key].model_dump(), "colour": colour}
    return {"options": found}
