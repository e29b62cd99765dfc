"""The form of a new field, and the YAML it stands for."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp

from portal.fields import FIELD_TYPES, FieldType
from portal.matching import readings
from portal.schema import Entity, edit, problems

ASKED = "asked_"
HAN = re.compile(r"[\u3007\u3400-\u9fff]+")


class FieldForm(FlaskForm):  # type: ignore[misc]
    """What an administrator says of a new field."""

    label_zh = StringField(_l("Label in Chinese"), [InputRequired(_l("Give a label.")), Length(max=60)])
    label_en = StringField(_l("Label in English"), [Optional(), Length(max=60)])
    key = StringField(
        _l("Key"),
        [Optional(), Regexp(r"^[a-z][a-z0-9_]{0,39}$", message=_l("Use small letters, digits and underscore."))],
        description=_l("Short name for rules and imports; made from the label when left empty."),
    )
    type = SelectField(_l("Type"))
    options = TextAreaField(
        _l("Options"),
        [Optional(), Length(max=4000)],
        description=_l("One on each line; Chinese and English with | between them."),
    )
    to = SelectField(_l("Points to"), validate_choice=False)
    required = BooleanField(_l("Must be filled in"))
    filterable = BooleanField(_l("Can be filtered by"), default=True)
    sortable = BooleanField(_l("Can be sorted by"))
    encrypted = BooleanField(
        _l("Encrypted"),
        description=_l(
            "Kept sealed in the database, in backups and in the history. People find it by the whole value, a phone "
            "or identity number by its last four signs too; it cannot be sorted by, searched in parts, or stand in "
            "formulas and figures."
        ),
    )
    help = StringField(_l("Help below the input"), [Optional(), Length(max=200)])
    section = SelectField(_l("Section of the form"), coerce=int)
    in_list = BooleanField(_l("Column of the list"), default=True)
    in_filters = BooleanField(_l("Filter of the list"), default=True)

    def offer(self, entity: Entity, entities: Mapping[str, Entity]) -> "FieldForm":
        """Fill the choices that depend on the documents."""
        self.entity = entity
        kinds = [(key, f"{kind.label}") for key, kind in FIELD_TYPES.items()]
        self.type.choices = [SelectChoice(key, label) for key, label in kinds]
        self.targets = [(key, str(other.label)) for key, other in entities.items()]
        self.to.choices = [SelectChoice(key, label) for key, label in self.targets]
        sections = [SelectChoice(place, str(section.label)) for place, section in enumerate(entity.form)]
        self.section.choices = [*sections, SelectChoice(-1, _("not on the form"))]
        return self

    @property
    def asks_of_type(self) -> Collection[str]:
        """Return the options that the chosen type asks for."""
        return [option for option, kinds in options_asked().items() if self.type.data in kinds]

    def asked(self) -> list[tuple[Any, list[str]]]:
        """Return the controls that only some types ask for, with these types."""
        return [(self[ASKED + option], kinds) for option, kinds in options_asked().items()]

    @property
    def field_key(self) -> str:
        """Return the key given, or one made from the label."""
        return self.key.data or key_of(self.label_en.data or self.label_zh.data or "")

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each input, then what two of them say together."""
        right = bool(super().validate(extra_validators))
        if self.field_key in self.entity.fields:
            right = _wrong(self.key, _("There is a field with this key already."))
        model = FIELD_TYPES.get(self.type.data)
        info = model.model_fields.get("options") if model else None
        if info and info.is_required() and not self._options():
            right = _wrong(self.options, _("Give at least one option."))
        for option, facts in model.model_fields.items() if model else ():
            if option in self.asks_of_type and facts.is_required() and not self[ASKED + option].data:
                right = _wrong(self[ASKED + option], _("Fill this in."))
        if self.type.data in types_with("to") and self.to.data not in dict(self.targets):
            right = _wrong(self.to, _("Choose what it points to."))
        return right

    def facts(self) -> dict[str, Any]:
        """Return what the YAML says of the field."""
        model = FIELD_TYPES[self.type.data]
        facts: dict[str, Any] = {"type": self.type.data, "label": _text(self.label_zh.data, self.label_en.data)}
        facts |= {"help": self.help.data} if self.help.data else {}
        facts |= {"required": True} if self.required.data else {}
        facts |= {"filterable": True} if self.filterable.data and model.filterable else {}
        facts |= {"sortable": True} if self.sortable.data and model.sortable else {}
        facts |= {"encrypted": True} if self.encrypted.data else {}
        facts |= {"to": self.to.data} if self.type.data in types_with("to") else {}
        facts |= {option: said for option in model.asks if (said := self[ASKED + option].data)}
        if "options" in model.model_fields and (options := self._options()):
            facts["options"] = options
        return facts

    def write(self, text: str) -> str:
        """Return the document with the field, on form, list and filters as asked."""
        text = edit.add_field(text, self.field_key, self.facts())
        if self.section.data >= 0:
            text = edit.add_word(text, ("form", self.section.data, "fields"), self.field_key)
        if self.in_list.data:
            text = edit.add_word(text, ("list", "columns"), self.field_key)
        if self.in_filters.data and "filterable" in self.facts():
            text = edit.add_word(text, ("list", "filters"), self.field_key)
        return text

    def tell(self, found: Sequence[problems.Problem]) -> None:
        """Show what the check says of the field."""
        self.type.errors = [*self.type.errors, *(f"{item.message} {item.hint}".strip() for item in found)]

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {}
        for line in (self.options.data or "").splitlines():
            zh, _bar, en = (part.strip() for part in line.partition("|"))
            if zh:
                options[key_of(en) if en else zh] = _text(zh, en)
        return options


def _wrong(field: Any, message: str) -> bool:
    field.errors = [*field.errors, message]
    return False


def _text(zh: str, en: str | None) -> object:
    return {"zh": zh, "en": en} if en else zh


def key_of(label: str) -> str:
    """Make a key from a label, Chinese by its pinyin."""
    latin = HAN.sub(lambda run: f" {''.join(readings(run[0])[0])} ", label)
    key = re.sub(r"[^a-z0-9]+", "_", latin.lower()).strip("_")[:40].rstrip("_")
    return key if key[:1].isalpha() else f"field_{key}".rstrip("_")


def options_asked() -> dict[str, list[str]]:
    """Return the options that types ask for by themselves, each with the keys of these types."""
    found: dict[str, list[str]] = {}
    for key, kind in FIELD_TYPES.items():
        for option in kind.asks:
            found.setdefault(option, []).append(key)
    return found


def _control(option: str, kind: type[FieldType]) -> Any:
    """A select where the option takes one of a few words, else a line of text."""
    label, annotation = kind.asks[option], kind.model_fields[option].annotation
    if get_origin(annotation) is not Literal:
        return StringField(label, [Optional(), Length(max=1000)])
    words = [SelectChoice(word, word) for word in get_args(annotation)]
    return SelectField(label, choices=words, validate_choice=False)


for _option, _kinds in options_asked().items():
    setattr(FieldForm, ASKED + _option, _control(_option, FIELD_TYPES[_kinds[0]]))


def sealable() -> list[str]:
    """Return the types whose values may be encrypted."""
    return [key for key, kind in FIELD_TYPES.items() if kind.sealable]


def types_with(option: str) -> list[str]:
    """Return the types that take an option from this form."""
    return [key for key, kind in FIELD_TYPES.items() if option in kind.model_fields and not _is_fixed(kind, option)]


def _is_fixed(kind: type[FieldType], option: str) -> bool:
    return isinstance(kind.model_fields[option].default, str)  # such as `to` of a person
