"""One of several options."""

import random
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext, lazy_gettext
from pydantic import BaseModel, ConfigDict, Field, field_validator

from portal.fields.field import Field as EntityField
from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text
from portal.fields.numerals import clean, half_width


class Option(BaseModel):
    """One option, written `key: {zh: …, en: …}`; archived, it cannot be chosen; `under` ties it to other options.

    `under` names options of the field that `depends_on` names: the option is offered beside these alone.
    An archived one stays readable.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    label: Text
    colour: str | None = None
    archived: bool = False
    under: tuple[str, ...] = ()

    @field_validator("under", mode="before")
    @classmethod
    def _several(cls, raw: Any) -> Any:
        return (raw,) if isinstance(raw, str) else raw


def read_options(raw: Any) -> Any:
    """Options from `{key: {zh, en, colour}}`, `{key: label}` or a list of words."""
    if isinstance(raw, dict):
        return tuple(_option(str(key), told) for key, told in raw.items())
    if isinstance(raw, list | tuple):
        return tuple(
            item if isinstance(item, Option | dict) else Option(key=str(item), label=Text.of(str(item))) for item in raw
        )
    return raw


def _option(key: str, told: Any) -> Option:
    if not isinstance(told, dict):
        return Option(key=key, label=Text.of(key if told is None else str(told)))
    label = told.get("label") or {k: told[k] for k in ("zh", "en") if k in told} or key
    rest = {k: v for k, v in told.items() if k not in ("label", "zh", "en", "key")}
    return Option(key=key, label=Text.model_validate(label), **rest)


class Choice(FieldType):
    """One of the options that the field lists."""

    key: ClassVar[str] = "choice"
    label: ClassVar[Text] = Text(zh="单选", en="Choice")
    operand: ClassVar[str | None] = "text"
    operators: ClassVar[tuple[str, ...]] = ("in", "not_in", "eq", "ne", "empty", "filled")
    grouped_by: ClassVar[str | None] = "in"
    input_key: ClassVar[str] = "choice"
    show_key: ClassVar[str | None] = "choice"

    options: tuple[Option, ...] = Field(min_length=1)
    depends_on: str | None = None

    @field_validator("options", mode="before")
    @classmethod
    def _read_options(cls, raw: Any) -> Any:
        return read_options(raw)

    @field_validator("options")
    @classmethod
    def _unlike(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        keys = [option.key for option in options]
        if len(set(keys)) < len(keys):
            raise ValueError("two options have the same key")
        if any("|" in key or not key.strip() for key in keys):
            raise ValueError("an option's key may be neither empty nor hold |")
        return options

    @cached_property
    def _by_key(self) -> dict[str, Option]:
        return {option.key: option for option in self.options}

    @cached_property
    def _archived(self) -> frozenset[str]:
        return frozenset(option.key for option in self.options if option.archived)

    @cached_property
    def _by_name(self) -> dict[str, str]:
        """Keys by everything an option may be called, in lower case and half width; the first option wins."""
        names: dict[str, str] = {}
        for option in self.options:
            for name in (option.key, option.label.zh, option.label.en):
                names.setdefault(half_width(name).casefold(), option.key)
        return names

    def option(self, key: str) -> Option | None:
        """The option with this key."""
        return self._by_key.get(key)

    @property
    def leader(self) -> str | None:
        return self.depends_on

    def led_by(self) -> Mapping[str, Collection[str]]:
        return {option.key: option.under for option in self.options if option.under}

    def agrees(self, value: Any, leading: Any) -> bool:
        chosen = value if isinstance(value, tuple) else () if value is None else (value,)
        return all(self._belongs(option, leading) for key in chosen if (option := self.option(key)))

    def narrowed(self, leading: Any) -> FieldType:
        return self.model_copy(
            update={"options": tuple(option for option in self.options if self._belongs(option, leading))}
        )

    def _belongs(self, option: Option, leading: Any) -> bool:
        led = leading if isinstance(leading, tuple) else (leading,)
        return not option.under or any(one in option.under for one in led)

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.Text()

    def read(self, raw: Any) -> Any:
        return self.option_key(raw)

    def option_key(self, raw: Any) -> str:
        """The key of the option meant by key or label, in any case and width; raises FieldError."""
        word = clean(raw)
        if word in self._by_key:
            return word
        key = self._by_name.get(half_width(word).casefold())
        if key is not None:
            return key
        known = gettext(", ").join(str(option.label) for option in self.options[:12] if not option.archived)
        raise FieldError(lazy_gettext("Choose one of: %(known)s.", known=known))

    def text(self, value: Any) -> str:
        option = self.option(value) if value is not None else None
        return str(option.label) if option else str(value or "")

    def export(self, value: Any) -> Any:
        return None if value is None else self.text(value)

    def choices(self) -> Sequence[tuple[str, Text]] | None:
        return [(option.key, option.label) for option in self.options if not option.archived]

    def is_offered(self, value: Any, held: Any = None) -> bool:
        if not self._archived:
            return True
        chosen, kept = (one if isinstance(one, tuple) else (one,) for one in (value, held))
        return not any(key in self._archived for key in chosen if key not in kept)

    def is_known(self, value: Any, held: Any = None) -> bool:
        return self.is_offered(value, held)

    def colour(self, value: Any) -> str:
        option = self.option(value)
        return (option and option.colour) or "secondary"

    def missing(self, field: EntityField) -> str:
        return gettext("Choose %(label)s.", label=field.label)

    def sample(self, rng: random.Random) -> Any:
        return rng.choice(self.options).key
