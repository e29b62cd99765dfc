"""Marks that people give: one of a few whole numbers in a row."""

import random
from typing import Any, ClassVar, Self

from flask_babel import lazy_gettext
from pydantic import model_validator

from portal.fields.integer import Integer
from portal.fields.labels import Text

MOST_MARKS = 11  # 0 to 10, as recommending is asked (NPS)


class Rating(Integer):
    """One of the marks `min` to `max`, shown beside the highest: `4 / 5`."""

    key: ClassVar[str] = "rating"
    label: ClassVar[Text] = Text(zh="评分", en="Rating")
    input_key: ClassVar[str] = "rating"

    min: int | None = 1
    max: int | None = 5

    @model_validator(mode="after")
    def _few(self) -> Self:
        if self.min is None or self.max is None or not 1 <= self.max - self.min < MOST_MARKS:
            raise ValueError(lazy_gettext("a rating has two to eleven marks, such as 1 to 5 or 0 to 10"))
        return self

    def marks(self) -> range:
        return range(self.min or 0, (self.max or 0) + 1)

    def text(self, value: Any) -> str:
        return "" if value is None else f"{value} / {self.max}"

    def sample(self, rng: random.Random) -> Any:
        return rng.choice(self.marks())
