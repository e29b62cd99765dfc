"""Figures over the records that point here."""

import random
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import sqlalchemy as sa
from pydantic import Field, PrivateAttr

from portal.fields.decimal import Decimal
from portal.fields.field_type import FieldType
from portal.fields.integer import Integer
from portal.fields.labels import Text

How = Literal["sum", "count", "average", "min", "max", "latest"]
MEASURES = {"average": "avg", "latest": "last"}  # what metrics call them, where they say it otherwise


class Rollup(FieldType):
    """A figure over the records of another entity that point to this one, right after each change of these."""

    key: ClassVar[str] = "rollup"
    for_offices: ClassVar[bool] = False  # counted over the records of all offices
    label: ClassVar[Text] = Text(zh="汇总", en="Roll-up")
    is_worked_out: ClassVar[bool] = True
    asks: ClassVar[Mapping[str, Text]] = {
        "of": Text(zh="汇总哪个实体（键）", en="Records of (key of the entity)"),
        "how": Text(zh="汇总方式", en="How"),
        "field": Text(zh="汇总字段（键）", en="Field measured (key)"),
    }

    of: str
    how: How
    field: str = "id"
    through: str | None = None
    moment: str | None = Field(default=None, alias="at")
    when: dict[str, Any] | list[Any] | None = None
    _measured: FieldType | None = PrivateAttr(None)

    def seen(self, look: Callable[[str, str], FieldType | None]) -> FieldType:
        found = self.model_copy()
        found._measured = look(self.of, self.field)
        return found

    @property
    def held(self) -> FieldType:
        if self.how == "count" or self._measured is None:
            return Integer()
        is_whole = not hasattr(self._measured, "digits")
        return Decimal() if self.how == "average" and is_whole else self._measured

    def measure(self) -> dict[str, Any] | None:
        told = {"from": self.of, "through": self.through, "at": self.moment, "when": self.when}
        return {key: value for key, value in told.items() if value is not None} | {
            "measure": {MEASURES.get(self.how, self.how): self.field}
        }

    @property
    def is_measurable(self) -> bool:
        measured = self._measured
        if measured is None or self.how == "count":
            return True
        if self.how == "latest":
            return measured.sortable
        return measured.is_number or (measured.is_time and self.how in ("min", "max"))

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return self.held.column_type()

    def read(self, raw: Any) -> Any:
        return self.held.read(raw)

    def sample(self, rng: random.Random) -> Any:
        return self.held.sample(rng)
