"""Tags."""

import random
from typing import Any, ClassVar

from flask_babel import lazy_gettext
from pydantic import Field

from portal.fields.choice import Option
from portal.fields.field_type import FieldError
from portal.fields.labels import Text
from portal.fields.multi_choice import MultiChoice, split_words

_SAMPLES = ("决策人", "价格敏感", "老客户", "展会", "key account")
MAX_TAG = 60


class Tags(MultiChoice):
    """Short words tied to a record; the listed options are suggestions unless `free` is off."""

    key: ClassVar[str] = "tags"
    label: ClassVar[Text] = Text(zh="标签", en="Tags")
    input_key: ClassVar[str] = "tags"

    options: tuple[Option, ...] = Field(default=())
    free: bool = True

    def read(self, raw: Any) -> tuple[str, ...] | None:
        return tuple(sorted({self.read_one(word) for word in split_words(raw)})) or None

    def read_one(self, raw: Any) -> str:
        """One tag: an option's key where it names one, else the word itself; raises FieldError."""
        word = " ".join(str(raw).split())
        if "|" in word or len(word) > MAX_TAG or not word:
            raise FieldError(lazy_gettext("Enter tags of at most %(count)s characters, without |.", count=MAX_TAG))
        try:
            return self.option_key(word)
        except FieldError:
            if self.free:
                return word
            raise

    def from_form(self, values: list[Any]) -> Any:
        return ",".join(str(value) for value in values)

    def sample(self, rng: random.Random) -> Any:
        pool = [option.key for option in self.options] or list(_SAMPLES)
        return self.read(rng.sample(pool, rng.randint(1, min(3, len(pool)))))
