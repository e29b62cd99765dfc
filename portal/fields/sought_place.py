"""What `contains` looks for in addresses, whose divisions are kept as codes and read as names."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any

import sqlalchemy as sa

from portal.fields import divisions
from portal.fields.sought import Sought
from portal.fields.texts import AsciiLower, Position, ascii_lower


class SoughtPlace(Sought):
    """Characters in the names of the divisions, in the street, or from a division on into the street."""

    @cached_property
    def codes(self) -> frozenset[str]:
        """The divisions in whose names the characters stand; those inside them are meant too."""
        found = {code for code in divisions.names() if self.text in divisions.said(code)}
        return frozenset(code for code in found if code[:-2] not in found)

    @cached_property
    def across(self) -> tuple[str, ...]:
        """How a value begins whose division ends and whose street begins as the characters say, in small letters."""
        found = []
        for code, name in divisions.names().items():
            there, end = self.text.find(name), self.text.find(name) + len(name)
            street = self.text[end:].strip()
            if there >= 0 and street and divisions.said(code).endswith(self.text[:end]):
                found.append(f"{code} {ascii_lower(street)}")
        return tuple(found)

    def is_in(self, value: Any) -> bool:
        code, _, street = value.partition(" ")
        if any(code.startswith(one) for one in self.codes):
            return True
        return ascii_lower(value).startswith(self.across) or ascii_lower(self.text) in ascii_lower(street)

    def where(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return sa.or_(*self._ways(column))

    def _ways(self, column: sa.ColumnElement[Any]) -> Iterator[sa.ColumnElement[bool]]:
        gap = Position(column, sa.literal(" ", sa.Text()))
        street = AsciiLower(sa.case((gap > 0, sa.func.substr(column, gap + 1)), else_=sa.literal("", sa.Text())))
        yield Position(street, sa.literal(ascii_lower(self.text), sa.Text())) > 0
        by_length: dict[int, list[str]] = defaultdict(list)
        for code in sorted(self.codes):
            by_length[len(code)].append(code)
        for length, codes in by_length.items():
            yield sa.func.substr(column, 1, length).in_(codes)
        for begins in self.across:
            yield sa.func.substr(AsciiLower(column), 1, len(begins)) == begins


@lru_cache(maxsize=256)
def sought_place(text: str) -> SoughtPlace:
    """The characters looked for, kept: all divisions are looked through once for each."""
    return SoughtPlace(text)
