"""How the text in a file is read: found out from its first rows, shown, and settled by the person who imports."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from portal.fields import Field

ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "big5hkscs", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")
SEPARATORS = (",", ";", "\t", "|")
DAYS = DAY_FIRST, MONTH_FIRST, YEAR_FIRST = ("dmy", "mdy", "ymd")
POINT, COMMA = DECIMALS = (".", ",")
_DAY = re.compile(r"\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{1,2})(?=$|[T\s])")
_WITH_COMMA = re.compile(r"[-+]?(\d{1,3}([. ]\d{3})+,\d+|\d+,(\d{1,2}|\d{4,}))")
_WITH_POINT = re.compile(r"[-+]?(\d{1,3}(,\d{3})+(\.\d+)?|\d+\.\d{1,2}|\d+\.\d{4,})")
_SIGNS = re.compile(r"[\s$¥￥€£%]+")
_CENTURY = 70  # two digits below are of this century


@dataclass(frozen=True)
class Reading:
    """What was settled: how bytes become text, and how text becomes days and numbers."""

    encoding: str = ""
    separator: str = ""
    days: str = DAY_FIRST
    decimal: str = POINT

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """The reading in the form that is kept; what is unknown is as if nothing had been said."""
        known = {"encoding": ENCODINGS, "separator": SEPARATORS, "days": DAYS, "decimal": DECIMALS}
        return cls(**{key: told[key] for key, some in known.items() if told.get(key) in some})

    @property
    def shape(self) -> dict[str, str]:
        """What the reader of the file needs to know."""
        return {"encoding": self.encoding, "separator": self.separator}

    def kept(self) -> dict[str, str]:
        """The reading as JSON."""
        return asdict(self)

    def shapes(self, asked: Field) -> bool:
        """Whether `cell` may change the texts of this field."""
        return asked.type.is_time or (asked.type.is_number and self.decimal == COMMA)

    def cell(self, raw: str, asked: Field) -> str:
        """The text with its day or number in the form that fields read."""
        if asked.type.is_time:
            match = _DAY.match(raw)
            return self._iso(match) + raw[match.end() :] if match else raw
        if asked.type.is_number and self.decimal == COMMA:
            return raw.replace(".", "").replace(" ", "").replace("\u00a0", "").replace(",", ".")
        return raw

    def _iso(self, match: re.Match[str]) -> str:
        one, two, three = match.groups()
        if len(three) == 1 and self.days != YEAR_FIRST:
            return match.group()
        if self.days == YEAR_FIRST and len(three) < 3:
            year, month, day = one, two, three
        else:
            year, month, day = (three, one, two) if self.days == MONTH_FIRST else (three, two, one)
            if len(three) == 4 and int(month) > 12 >= int(day):
                month, day = day, month  # only one way is a day at all
        if len(year) < 3:
            year = f"{20 if int(year) < _CENTURY else 19}{int(year):02d}"
        return f"{year}-{month}-{day}"


AS_USUAL = Reading()


def found(rows: Iterable[tuple[int, Sequence[Any]]]) -> dict[str, str]:
    """The order of days and the decimal sign that the texts of these rows tell; the usual ones where they do not."""
    texts = [cell.strip() for _, cells in rows for cell in cells if isinstance(cell, str)]
    days = [match.groups() for text in texts if (match := _DAY.match(text))]
    plain = [_SIGNS.sub("", text) for text in texts]
    commas = sum(_WITH_COMMA.fullmatch(text) is not None for text in plain)
    points = sum(_WITH_POINT.fullmatch(text) is not None for text in plain)
    return {"days": _order(days), "decimal": COMMA if commas > points else POINT}


def _order(days: Sequence[tuple[str, ...]]) -> str:
    first, last = (max((int(day[place]) for day in days), default=0) for place in (0, 2))
    is_short = bool(days) and all(len(day[2]) < 3 for day in days)  # two digits may be a year at either end
    if is_short and (first > 31 or (first > 12 and 12 < last <= 31)):
        return YEAR_FIRST
    pairs = [(int(one), int(two)) for one, two, _ in days]
    month_first = sum(one <= 12 < two <= 31 for one, two in pairs)  # the only order in which this is a day
    return MONTH_FIRST if month_first > sum(two <= 12 < one <= 31 for one, two in pairs) else DAY_FIRST
