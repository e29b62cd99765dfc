"""Several of several options."""

import random
import re
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext

from portal.fields.choice import Choice
from portal.fields.labels import Text
from portal.fields.numerals import clean

MANY_OPERATORS = ("has_any", "has_all", "has", "has_none", "empty", "filled")
_SEPARATORS = re.compile(r"[,，;；、|\n]+")


class Words(sa.types.TypeDecorator[tuple[str, ...]]):
    """A tuple of words kept as `|a|b|`, so one word is found by one search in the text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return f"|{'|'.join(value)}|" if value else None

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> tuple[str, ...] | None:
        return tuple(value.strip("|").split("|")) if value else None


def split_words(raw: Any) -> list[str]:
    """The words in a list or in text separated by , ; 、 | or line ends, each once."""
    parts = raw if isinstance(raw, list | tuple | set | frozenset) else _SEPARATORS.split(clean(raw))
    return list(dict.fromkeys(word for part in parts if (word := clean(part))))


class MultiChoice(Choice):
    """Any number of the options that the field lists, in their order."""

    key: ClassVar[str] = "multi_choice"
    label: ClassVar[Text] = Text(zh="多选", en="Several choices")
    operand: ClassVar[str | None] = None
    operators: ClassVar[tuple[str, ...]] = MANY_OPERATORS
    scalar_operator: ClassVar[str] = "has"
    list_operator: ClassVar[str] = "has_any"
    sortable: ClassVar[bool] = False
    is_many: ClassVar[bool] = True
    grouped_by: ClassVar[str | None] = None
    input_key: ClassVar[str] = "multi_choice"
    show_key: ClassVar[str | None] = "multi_choice"

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return Words()

    def read(self, raw: Any) -> tuple[str, ...] | None:
        chosen = {self.option_key(word) for word in split_words(raw)}
        return tuple(option.key for option in self.options if option.key in chosen) or None

    def read_one(self, raw: Any) -> str:
        """One word, as an operator's right side; raises FieldError."""
        return self.option_key(raw)

    def dump(self, value: Any) -> Any:
        return None if value is None else list(value)

    def load(self, json: Any) -> Any:
        return tuple(json) if json else None

    def text(self, value: Any) -> str:
        return gettext(", ").join(self.word(word) for word in value or ())

    def word(self, key: str) -> str:
        """One word as people read it."""
        option = self.option(key)
        return str(option.label) if option else key

    def input_text(self, value: Any) -> str:
        return ", ".join(value or ())

    def export(self, value: Any) -> Any:
        return "、".join(self.word(word) for word in value) if value else None

    def from_form(self, values: list[Any]) -> Any:
        return [value for value in values if value]

    def sample(self, rng: random.Random) -> Any:
        count = rng.randint(1, min(3, len(self.options)))
        return self.read(rng.sample([option.key for option in self.options], count))
