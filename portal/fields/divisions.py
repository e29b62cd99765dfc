"""Provinces, cities and districts of China by the codes of GB/T 2260, and finding them in what people write."""

import gzip
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data" / "divisions.csv.gz"
LEVELS = (2, 4, 6)  # digits of a province, a city, a district
# Rows of the statistics that nobody writes into an address.
UNSAID = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
BETWEEN = " ,，、;；:：/-—·\t\n"
_TAIL = re.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市|地区|盟|(?:[一-龥]{2,3}?族)+自治州)$")


@cache
def names() -> dict[str, str]:
    """Code → name of every division."""
    lines = gzip.decompress(DATA.read_bytes()).decode().splitlines()
    return dict(line.split(",", 1) for line in lines)


@cache
def _below() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for code in names():
        found.setdefault(code[:-2], []).append(code)
    return {code: tuple(codes) for code, codes in found.items()}


def below(code: str = "") -> tuple[str, ...]:
    """The codes one level down, of the provinces for the empty code."""
    return _below().get(code, ())


def said(code: str) -> str:
    """The names from the province down as an address says them, `广东省深圳市南山区`."""
    parts = [names()[code[:length]] for length in LEVELS if length <= len(code)]
    return "".join(dict.fromkeys(part for part in parts if part not in UNSAID))


def place(text: str, within: str = "") -> tuple[str, str]:
    """The deepest division that the text begins with, below the one given, and what is left of the text."""
    code, rest = within, text.strip(BETWEEN)
    while (found := _step(code, rest)) is not None:
        code, rest = found
    only = below(code)
    if len(only) == 1 and names()[only[0]] == names().get(code):
        code = only[0]  # 东莞市 has no districts and stands for its own
    return code, rest


def _step(code: str, text: str) -> tuple[str, str] | None:
    for names_of in (_next, _further):
        for below_code, name in names_of(code):
            if text.startswith(name) and _ends(below_code, name, text):
                rest = text[len(name) :].strip(BETWEEN)
                if len(below_code) == LEVELS[0] and rest.startswith(name):  # 北京市北京市朝阳区
                    rest = rest[len(name) :].strip(BETWEEN)
                return below_code, rest
    return None


def _ends(code: str, name: str, text: str) -> bool:
    """A district without its last character must stand alone: 南山 is also a road."""
    if len(code) < LEVELS[2] or name == names()[code]:
        return True
    return text[len(name) : len(name) + 1] in ("", *BETWEEN)


@cache
def _next(code: str) -> tuple[tuple[str, str], ...]:
    """What may be written for each division right below, longest first."""
    return _longest((below_code, name) for below_code in below(code) for name in _ways(below_code))


@cache
def _further(code: str) -> tuple[tuple[str, str], ...]:
    """Divisions two levels below, or anywhere where none is known, by full names that only one of them has."""
    if len(code) > LEVELS[0]:
        return ()
    codes = [one for one in names() if one.startswith(code) and len(one) > len(code) + 2]
    counted: dict[str, list[str]] = {}
    for one in codes:
        if names()[one] not in UNSAID:
            counted.setdefault(names()[one], []).append(one)
    return _longest((min(found), name) for name, found in counted.items() if len(found) == 1 or _is_chain(found))


def _is_chain(codes: list[str]) -> bool:
    return all(code.startswith(min(codes)) for code in codes)


def _longest(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(pairs, key=lambda pair: -len(pair[1])))


def _ways(code: str) -> Iterator[str]:
    name = names()[code]
    if name in UNSAID:
        return
    yield name
    short = name[:-1] if len(code) == LEVELS[2] else _TAIL.sub("", name)
    if len(short) >= 2 and short != name:
        yield short
