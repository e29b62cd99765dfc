"""The questions of a survey as fields of something that is answered once, and what the answers mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.fields import Field
from portal.schema import conditions, field_rules
from portal.schema.conditions import Condition
from portal.schema.entity import Entity
from portal.schema.field_builder import FieldBuilder
from portal.schema.nouns.survey import SurveyNoun
from portal.schema.problems import Fault


@dataclass(frozen=True)
class Mark:
    """Tags of the record that change when the answers meet a condition."""

    when: Condition
    add: tuple[str, ...]
    remove: tuple[str, ...]
    field: str


@dataclass(frozen=True)
class Questionnaire:
    """A survey, compiled: `sheet` has the questions as its fields, in their order."""

    noun: SurveyNoun
    sheet: Entity
    marks: tuple[Mark, ...]

    @property
    def questions(self) -> tuple[Field, ...]:
        """Return the questions in the order they are asked."""
        return tuple(self.sheet.fields.values())

    def asked(self, answers: Mapping[str, Any]) -> tuple[Field, ...]:
        """Return the questions that are asked after these answers: a branch not taken is not."""
        demands = self.sheet.demands(answers, None, None)
        return tuple(field for field in self.questions if field.key not in demands.hidden)

    def missing(self, answers: Mapping[str, Any]) -> list[Field]:
        """Return the questions that must be answered after these answers, and are not."""
        demands, given = self.sheet.demands(answers, None, None), self.questions_of(answers)
        return [field for field in self.questions if demands.must(field) and field not in given]

    def questions_of(self, answers: Mapping[str, Any]) -> tuple[Field, ...]:
        """Return the questions that have an answer."""
        return tuple(field for field in self.questions if answers.get(field.key) not in (None, (), ""))


def read(noun: SurveyNoun, tree: Mapping[str, Any], faults: dict[str, list[Fault]], file: str) -> Questionnaire:
    """Build the questionnaire of a document; what is wrong with it is added to `faults` of the file."""
    told: dict[str, list[Fault]] = {file: []}
    builder = FieldBuilder(f"survey_{noun.key}", {}, told, lambda _entity, _field: None)
    builder.declared(file, {key: question.field() for key, question in noun.questions.items()})
    fields = {key: field for key, field in builder.finish().items() if key in noun.questions}
    sheet = Entity(
        key=f"survey_{noun.key}",
        label=noun.label,
        plural=noun.label,
        slug="",
        title=next(iter(noun.questions)),
        fields=fields,
        table_name="",
    )
    told[file] += field_rules.attach(sheet, {"fields": tree.get("questions")})
    told[file] += [
        Fault(("fields", key), _l("a customer cannot answer such a question"))
        for key, field in fields.items()
        if field.computed or field.type.target or field.type.is_upload or field.type.is_automatic or field.encrypted
    ]
    faults[file] += [Fault(("questions", *one.path[1:]), one.message, one.hint, one.severity) for one in told[file]]
    return Questionnaire(noun, sheet, tuple(_marks(noun, tree, sheet, faults[file])))


def _marks(noun: SurveyNoun, tree: Mapping[str, Any], sheet: Entity, faults: list[Fault]) -> list[Mark]:
    made = []
    for place, mark in enumerate(noun.marks):
        try:
            when = conditions.parse(tree["marks"][place]["when"], sheet)
        except conditions.ConditionError as error:
            path = ("marks", place, "when")
            faults += [Fault((*path, *one.path), one.message, one.hint) for one in error.problems]
            continue
        made.append(Mark(when, mark.add, mark.remove, mark.field))
    return made
