"""Values worked out of the other fields of the same record."""

import random
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from pydantic import Field

from portal.fields.boolean import Boolean
from portal.fields.date import Date
from portal.fields.decimal import Decimal
from portal.fields.expression import KINDS, ExpressionError, Fitted, Node, parse
from portal.fields.field_type import FieldType
from portal.fields.integer import Integer
from portal.fields.labels import Text as Label
from portal.fields.money import Money
from portal.fields.percent import Percent
from portal.fields.text import Text

Result = Literal["money", "decimal", "percent", "integer", "text", "boolean", "date"]


class Formula(FieldType):
    """A value worked out of other fields by a `formula`; it is shown, filtered and sorted as its `result` says."""

    key: ClassVar[str] = "formula"
    label: ClassVar[Label] = Label(zh="公式", en="Formula")

    is_worked_out: ClassVar[bool] = True
    asks: ClassVar[Mapping[str, Label]] = {
        "formula": Label(zh="公式", en="Formula"),
        "result": Label(zh="结果类型", en="Result"),
    }

    formula: str
    result: Result
    digits: int = Field(default=2, ge=0, le=6)
    currency: str = "CNY"
    unit: Label | None = None

    @property
    def held(self) -> FieldType:
        made: dict[str, FieldType] = {
            "money": Money(currency=self.currency),
            "decimal": Decimal(digits=self.digits, unit=self.unit),
            "percent": Percent(),
            "integer": Integer(unit=self.unit),
            "text": Text(),
            "boolean": Boolean(),
            "date": Date(),
        }
        return made[self.result]

    def expression(self, operands: Mapping[str, Node]) -> Node:
        kind, node = self.held, parse(self.formula, operands)
        if node.kind != kind.operand:
            told = {"got": KINDS[node.kind], "wanted": KINDS[str(kind.operand)]}
            raise ExpressionError(_l("the formula gives %(got)s, its result wants %(wanted)s", **told))
        if not kind.is_number:
            return node
        return Fitted(node, getattr(kind, "digits", 0), is_whole=not hasattr(kind, "digits"))

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return self.held.column_type()

    def read(self, raw: Any) -> Any:
        return self.held.read(raw)

    def dump(self, value: Any) -> Any:
        return self.held.dump(value)

    def load(self, json: Any) -> Any:
        return self.held.load(json)

    def text(self, value: Any) -> str:
        return self.held.text(value)

    def input_text(self, value: Any) -> str:
        return self.held.input_text(value)

    def sample(self, rng: random.Random) -> Any:
        return self.held.sample(rng)
