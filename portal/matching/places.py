"""Provinces and cities as names of companies say them: 苏州市, 苏州, 江苏省, 内蒙古."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from portal.fields import FIELD_TYPES

LONGEST = 11
TAIL = re.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市|地区|盟|(?:[一-龥]{2,3}?族)+自治州)$")


def without_place(text: str) -> str:
    """The text without the province and city it begins with."""
    for _ in range(2):
        text = text[_length(text) :]
    return text


def place(text: str) -> str:
    """The code of the province or city that a text begins with, the deepest one; empty for none."""
    found = ""
    while (length := _length(text)) and (code := names()[text[:length]]).startswith(found[:2]):
        found, text = max(found, code, key=len), text[length:]
    return found


def _length(text: str) -> int:
    return next((n for n in range(min(LONGEST, len(text)), 1, -1) if text[:n] in names()), 0)


@cache
def names() -> dict[str, str]:
    """What is written for a province or a city → its code of GB/T 2260."""
    address: Any = FIELD_TYPES["address"]()
    found: dict[str, str] = {}
    for code, name in _divisions(address):
        for way in (name, TAIL.sub("", name)):
            if len(way) >= 2:
                found.setdefault(way, code)
    return found


def _divisions(address: Any) -> Iterator[tuple[str, str]]:
    for province, name in address.levels("")[0].options:
        if province:
            yield province, name
            yield from ((code, city) for code, city in address.levels(province)[1].options if code)
