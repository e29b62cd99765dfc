"""`surveys/<key>.yml`: questions for a customer by a signed link, and what becomes of the answers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l
from pydantic import Field as Key_
from pydantic import field_validator

from portal.fields import Text
from portal.schema.nouns.base import Duration, Key, Noun, Words
from portal.schema.nouns.condition import Scoped, When
from portal.schema.nouns.entity import Declaration, FieldNoun
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog
    from portal.schema.entity import Entity

DAY = timedelta(days=1)
LONGEST = timedelta(days=90)
ASKED_WHEN = ("visible_when", "required_when")
NOWHERE = "#"  # no entity: what speaks of answers is read once the questions are


class QuestionNoun(Declaration):
    """A question of some field type; `into` names the field of the record that takes the answer."""

    into: Key | None = None

    def field(self) -> FieldNoun:
        """Return the question as an entity would declare it."""
        told = {key: getattr(self, key) for key in Declaration.model_fields}
        return FieldNoun(**{**told, **(self.model_extra or {})})


class MarkNoun(Noun):
    """Add and remove tags of the record when the answers meet a condition."""

    when: When
    add: Words = ()
    remove: Words = ()
    field: str = "tags"

    @field_validator("when", mode="before")
    @classmethod
    def _later(cls, node: object) -> object:
        return Scoped(NOWHERE, node)


class SurveyNoun(Noun):
    """A letter to the address in the field `to`, with a link to the questions, for one answer.

    Answers are kept; `into` and `marks` bring them into the record. Nobody is asked twice within `again_after`.
    """

    named: ClassVar[str] = "survey"
    survey: Key
    label: Text
    help: Text | None = None
    on: str
    to: str = "email"
    questions: dict[Key, QuestionNoun] = Key_(min_length=1, max_length=40)
    marks: tuple[MarkNoun, ...] = ()
    expires: Duration = timedelta(days=14)
    again_after: Duration = timedelta(days=30)
    subject: Text
    text: Text
    thanks: Text
    consent: Text

    @field_validator("questions", mode="before")
    @classmethod
    def _conditions_later(cls, questions: object) -> object:
        return {key: _unread(item) for key, item in questions.items()} if isinstance(questions, dict) else questions

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity, the address, where answers go, and that the link ends."""
        entity = catalog.entities.get(self.on)
        if entity is None:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
            return
        if self.to not in entity.fields:
            yield unknown(("to",), self.to, entity.fields, _l("field"))
        for key, question in self.questions.items():
            if question.into is not None:
                yield from self._into_faults(key, question, entity)
        for place, mark in enumerate(self.marks):
            yield from _mark_faults(("marks", place), mark, entity)
        if not DAY <= self.expires <= LONGEST:
            yield Fault(("expires",), _l("give 1 to 90 days"))

    def _into_faults(self, key: str, question: QuestionNoun, entity: "Entity") -> Iterator[Fault]:
        path, field = ("questions", key, "into"), entity.fields.get(question.into or "")
        if field is None:
            yield unknown(path, question.into or "", entity.fields, _l("field"))
        elif field.key not in entity.writable() or field.type.is_upload:
            yield Fault(path, _l("an answer cannot go into this field"))
        elif len({field.type.key, question.type}) > 1:
            yield Fault(path, _l('the field is of type "%(type)s", the question is not', type=field.type.key))


def _unread(item: Any) -> Any:
    """A question whose conditions wait until all questions are known."""
    if not isinstance(item, dict):
        return item
    return {key: Scoped(NOWHERE, node) if key in ASKED_WHEN and node else node for key, node in item.items()}


def _mark_faults(path: tuple[str | int, ...], mark: MarkNoun, entity: "Entity") -> Iterator[Fault]:
    field = entity.fields.get(mark.field)
    if field is None:
        yield unknown((*path, "field"), mark.field, entity.fields, _l("field"))
        return
    known = {key for key, _label in field.type.choices() or ()}
    for word in ("add", "remove"):
        for place, tag in enumerate(getattr(mark, word)):
            if tag not in known:
                yield unknown((*path, word, place), tag, known, _l("tag"))
