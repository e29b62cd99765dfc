"""The ways in which two values are compared: one class each, in one table.

`prepare` brings a value into the form that is compared, `alike` says how alike two such forms are (0 to 1), and `keys`
gives the words under which likely equals meet: only records that share one are ever compared.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from portal.fields import Text
from portal.matching import spelling
from portal.matching.places import place

SHORT = 2  # a word no longer than this leads to too many records


class Way:
    """One way to compare; values that cannot be read give an empty form, which is like nothing and unlike nothing."""

    key: ClassVar[str]
    label: ClassVar[Text]
    same: ClassVar[Text]  # what is said of two that are the same; {label} is the field
    threshold: ClassVar[float] = 1.0  # from here on two values count as alike when the rule does not say

    def prepare(self, value: object) -> str:
        """The form that is compared."""
        return spelling.plain(value)

    def alike(self, one: str, other: str) -> float:
        """How alike two forms are, neither empty."""
        return 1.0 if one == other else 0.0

    def keys(self, form: str) -> Iterator[str]:
        """The words under which records with this form meet others like it."""
        yield form


class Exact(Way):
    """The same letters and digits, whatever their case, width and punctuation."""

    key = "exact"
    label = Text(zh="相同", en="the same")
    same = Text(zh="{label}相同", en="same {label}")


class Phone(Way):
    """The same number, with or without the code of the country or the city."""

    key = "phone"
    label = Text(zh="同一电话", en="the same number")
    same = Text(zh="{label}相同", en="same {label}")
    LEAST: ClassVar[int] = 7

    def prepare(self, value: object) -> str:
        return spelling.digits(value)

    def alike(self, one: str, other: str) -> float:
        short, long = sorted((one, other), key=len)
        return 1.0 if short == long or (len(short) >= self.LEAST and long.endswith(short)) else 0.0

    def keys(self, form: str) -> Iterator[str]:
        yield form[-self.LEAST :]


class Email(Way):
    """The same address; one with a slip of the pen is nearly alike."""

    key = "email"
    label = Text(zh="同一邮箱", en="the same address")
    same = Text(zh="{label}相同", en="same {label}")
    threshold = 0.9

    def prepare(self, value: object) -> str:
        return str(value).strip().casefold()

    def alike(self, one: str, other: str) -> float:
        return 1.0 if one == other else fuzz.ratio(one, other) / 100

    def keys(self, form: str) -> Iterator[str]:
        local, _, _host = form.partition("@")
        yield form
        if len(local) > SHORT:
            yield local


class Code(Way):
    """The same number or code; one wrong or swapped character still counts for something."""

    key = "code"
    label = Text(zh="同一编号（允许一处笔误）", en="the same code, one slip allowed")
    same = Text(zh="{label}相同", en="same {label}")
    threshold = 0.8

    def prepare(self, value: object) -> str:
        return spelling.plain(value).replace(" ", "")

    def alike(self, one: str, other: str) -> float:
        return {0: 1.0, 1: 0.85, 2: 0.7}.get(OSA.distance(one, other, score_cutoff=2), 0.0)

    def keys(self, form: str) -> Iterator[str]:
        yield form
        if len(form) >= 6:  # one slip leaves one of the halves as it was
            half = len(form) // 2
            yield f"{form[:half]}<"
            yield f">{form[half:]}"


class Name(Way):
    """Names of companies or persons that read nearly alike, without legal form and city, words in any order."""

    key = "name"
    label = Text(zh="名称相近", en="a name like it")
    same = Text(zh="{label}相同", en="same {label}")
    threshold = 0.82

    def prepare(self, value: object) -> str:
        return spelling.bare(value)

    def alike(self, one: str, other: str) -> float:
        if one == other:
            return 1.0
        joined = fuzz.ratio(one.replace(" ", ""), other.replace(" ", "")) / 100
        if " " not in one and " " not in other:
            return joined if spelling.HAN.search(one) else max(joined, JaroWinkler.similarity(one, other) - 0.02)
        return max(joined, fuzz.token_sort_ratio(one, other) / 100)

    def keys(self, form: str) -> Iterator[str]:
        if spelling.HAN.search(form):
            yield form
            if len(form) > SHORT:
                yield form[:SHORT] + "<"
                yield ">" + form[-SHORT:]
            return
        yield form.replace(" ", "")
        words = form.split()
        yield from (word[:4] + "~" + word[-1] for word in words if len(word) > SHORT)
        yield from (f"{one} {other}" for one, other in pairwise(sorted(words)))


class Pinyin(Way):
    """Names that sound alike: 张玮 and 章伟."""

    key = "pinyin"
    label = Text(zh="读音相同", en="sounds the same")
    same = Text(zh="{label}读音相同", en="{label} sounds the same")
    threshold = 0.92

    def prepare(self, value: object) -> str:
        return spelling.sound(value)

    def alike(self, one: str, other: str) -> float:
        return fuzz.ratio(one, other) / 100


class Words(Way):
    """Free text such as a street: the same words in any order, numbers equal."""

    key = "words"
    label = Text(zh="文字相近", en="words like it")
    same = Text(zh="{label}相同", en="same {label}")
    threshold = 0.75

    def alike(self, one: str, other: str) -> float:
        if one == other:
            return 1.0
        if not _numbers_agree(one, other):
            return 0.0
        return max(fuzz.token_sort_ratio(one, other), fuzz.partial_ratio(one, other) * 0.95) / 100

    def keys(self, form: str) -> Iterator[str]:
        words = form.split()
        yield form.replace(" ", "")
        yield from (f"{one} {other}" for one, other in pairwise(words))


def _numbers_agree(one: str, other: str) -> bool:
    """Whether the numbers of the shorter list are among those of the other."""
    few, many = sorted(({word for word in text.split() if word.isdigit()} for text in (one, other)), key=len)
    return few <= many


class Date(Way):
    """The same day; day and month swapped or one wrong digit still count for something."""

    key = "date"
    label = Text(zh="同一天", en="the same day")
    same = Text(zh="{label}相同", en="same {label}")
    threshold = 0.8

    def prepare(self, value: object) -> str:
        return "".join(letter for letter in str(value)[:10] if letter.isdigit())[:8]

    def alike(self, one: str, other: str) -> float:
        if one == other:
            return 1.0
        if len(one) == len(other) == 8 and one[:4] == other[:4] and one[4:6] == other[6:] and one[6:] == other[4:6]:
            return 0.9
        return 0.85 if OSA.distance(one, other, score_cutoff=1) <= 1 else 0.0


class Region(Way):
    """The same place: a division of China or one inside the other, else the same words."""

    key = "region"
    label = Text(zh="同一地区", en="the same place")
    same = Text(zh="同一{label}", en="same {label}")
    threshold = 0.9

    def prepare(self, value: object) -> str:
        text = str(value).partition(" ")[0] if str(value)[:2].isdigit() else str(value)
        return text if text.isdigit() else place(text) or spelling.plain(text)

    def alike(self, one: str, other: str) -> float:
        short, long = sorted((one, other), key=len)
        if short.isdigit() and long.isdigit():
            return 1.0 if long.startswith(short) else 0.0
        return fuzz.ratio(one, other) / 100

    def keys(self, form: str) -> Iterator[str]:
        yield from ()  # a place alone says nothing


WAYS: dict[str, Way] = {
    way.key: way for way in (Exact(), Phone(), Email(), Code(), Name(), Pinyin(), Words(), Date(), Region())
}
