"""Addresses: a division of China and what stands below it."""

import random
import re
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import sqlalchemy as sa
from flask_babel import gettext, lazy_gettext

from portal.fields import divisions
from portal.fields.divisions import LEVELS
from portal.fields.field import Field
from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text
from portal.fields.numerals import clean
from portal.fields.sought import Sought
from portal.fields.sought_place import sought_place

_STORED = re.compile(r"(\d{2}|\d{4}|\d{6})(?: +(.*))?", re.ASCII)
_POSTCODE = re.compile(r"^\d{6}(?!\d)\s*", re.ASCII)
_STREETS = ("科技园路", "人民路", "中山路", "建设大道", "解放街")
LONGEST = 300
NEEDS = {"province": 2, "city": 4, "district": 6}


@dataclass(frozen=True)
class Level:
    """One select of the input: its name and the divisions to choose from."""

    label: str
    chosen: str
    options: tuple[tuple[str, str], ...]


class Address(FieldType):
    """Province, city, district and the rest, kept as `440305 科技园路1号` so that a division is a prefix."""

    key: ClassVar[str] = "address"
    label: ClassVar[Text] = Text(zh="地址", en="Address")
    operators: ClassVar[tuple[str, ...]] = ("inside", "not_inside", "contains", "eq", "ne", "empty", "filled")
    scalar_operator: ClassVar[str] = "inside"
    list_operator: ClassVar[str] = "inside"
    words: ClassVar[tuple[str, ...]] = ("地址", "住址", "通讯地址", "联系地址", "收货地址", "address")
    grouped_by: ClassVar[str | None] = "inside"
    input_key: ClassVar[str] = "address"

    needs: Literal["province", "city", "district"] = "district"

    def column_type(self) -> sa.types.TypeEngine[Any]:
        # Bytewise order on both engines, so that a prefix is a range of the index.
        return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

    def group(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The province."""
        return sa.func.substr(column, 1, LEVELS[0])

    def read(self, raw: Any) -> str:
        text = " ".join(clean(raw).split())
        if len(text) > LONGEST:
            raise FieldError(lazy_gettext("Enter at most %(count)s characters.", count=LONGEST))
        stored = _STORED.fullmatch(text)
        code = stored[1] if stored and stored[1] in divisions.names() else ""
        given = (stored[2] or "") if stored and code else _POSTCODE.sub("", text)
        code, rest = divisions.place(given, code)
        self._check(code, rest)
        return f"{code} {rest}".strip()

    def _check(self, code: str, rest: str) -> None:
        if not code:
            message = lazy_gettext('Begin with province, city and district; "%(text)s" names none.', text=rest[:30])
            raise FieldError(message)
        if len(code) < NEEDS[self.needs] and divisions.below(code):
            here = divisions.said(code)
            if not rest:
                raise FieldError(lazy_gettext("Name the city and district in %(here)s.", here=here))
            message = lazy_gettext(
                'Name the district in %(here)s; "%(text)s" is none there.', here=here, text=rest[:30]
            )
            raise FieldError(message)

    def area(self, raw: Any) -> str:
        """The code of the division that a text or code names; raises FieldError."""
        text = clean(raw)
        if text in divisions.names():
            return text
        code, rest = divisions.place(text)
        if not code or rest:
            raise FieldError(lazy_gettext('Name a province, city or district; "%(text)s" is none.', text=rest or text))
        return code

    def area_text(self, code: str) -> str:
        """The division as people say it; its code where they have no word for it."""
        words = divisions.said(code)
        return words if divisions.place(words) == (code, "") else code

    def text(self, value: Any) -> str:
        if not value:
            return ""
        code, _, rest = value.partition(" ")
        return f"{divisions.said(code)}{rest}"

    def input_text(self, value: Any) -> str:
        return self.text(value)

    def search_text(self, value: Any) -> str:
        return self.text(value)

    def sought(self, text: str) -> Sought:
        return sought_place(text)

    def mask(self, value: Any) -> str:
        """The city, for eyes that need not know the street."""
        return f"{divisions.said(value.partition(' ')[0][: LEVELS[1]])}••••" if value else ""

    def from_form(self, values: list[Any]) -> Any:
        """The deepest select that agrees with those above it, and the text."""
        if len(values) < 2:
            return values[0] if values else None
        code = ""
        for chosen in values[:-1]:
            code = chosen if chosen and str(chosen).startswith(code) else code
        return f"{code} {values[-1] or ''}".strip()

    def levels(self, code: str) -> list[Level]:
        """The selects for a division chosen so far; the next one is offered, those below it wait."""
        labels = (gettext("Province"), gettext("City"), gettext("District"))
        return [_level(label, code, length) for label, length in zip(labels, LEVELS, strict=True)]

    def parts(self, raw: list[Any], value: Any) -> tuple[str, str]:
        """Division and text to stand in the inputs: as they were sent, else those of the value."""
        given = str((self.from_form(raw) if raw else value) or "")
        code, _, rest = given.partition(" ")
        return (code, rest) if code in divisions.names() else ("", given)

    def missing(self, field: Field) -> str:
        return gettext("Enter %(label)s.", label=field.label)

    def sample(self, rng: random.Random) -> Any:
        code = rng.choice([code for code in divisions.names() if len(code) == LEVELS[2]])
        return f"{code} {rng.choice(_STREETS)}{rng.randint(1, 299)}号"


def _level(label: str, code: str, length: int) -> Level:
    above, names = code[: length - 2], divisions.names()
    options = divisions.below(above) if len(above) == length - 2 else ()
    return Level(label, code[:length] if len(code) >= length else "", tuple((one, names[one]) for one in options))
