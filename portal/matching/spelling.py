"""How values are brought into the form in which they are compared: what two people write differently for one thing."""

import re
import unicodedata
from functools import lru_cache

from portal.matching.pinyin import readings
from portal.matching.places import without_place

HAN = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff]+")
WORD = re.compile(r"[^\W_]+")
BRACKETS = re.compile(r"[()（）\[\]【】].*?[()（）\[\]【】]")
ABROAD = re.compile(r"^(?:00)?86(?=1\d{10}$)")
EXTENSION = re.compile(r"(?:;ext=|ext\.?|转|分机|x)\s*\d+$", re.IGNORECASE)
# What a company adds to its name and people leave out, longest first.
FORMS = (
    "股份有限公司", "有限责任公司", "集团有限公司", "控股有限公司", "(集团)", "合伙企业", "有限公司", "股份公司",
    "总公司", "分公司", "子公司", "集团", "公司", "控股", "股份", "工厂", "商行", "经营部",
)  # fmt: skip
LATIN_FORMS = frozenset(
    [
        "inc",
        "incorporated",
        "ltd",
        "limited",
        "llc",
        "llp",
        "co",
        "corp",
        "corporation",
        "company",
        "gmbh",
        "ag",
        "kg",
        "sa",
        "sarl",
        "bv",
        "nv",
        "plc",
        "pty",
        "group",
        "the",
        "and",
        "of",
        "holding",
        "holdings",
    ]
)


def plain(value: object) -> str:
    """Compatibility forms unified, case folded, runs of blanks and punctuation one blank."""
    folded = unicodedata.normalize("NFKC", str(value)).casefold()
    return " ".join(WORD.findall(folded.replace("'", "").replace("’", "")))


def bare(value: object) -> str:
    """A company's or a person's name without what many names share: its legal form and the place before it."""
    text = unicodedata.normalize("NFKC", str(value)).casefold()
    if HAN.search(text):
        return _bare_han(text)
    words = [word for word in plain(text).split() if word not in LATIN_FORMS]
    return " ".join(words) or plain(text)


@lru_cache(maxsize=20_000)
def _bare_han(text: str) -> str:
    joined = "".join(WORD.findall(BRACKETS.sub("", text))) or "".join(WORD.findall(text))
    short = joined
    for _ in range(2):  # 集团 stands before 有限公司
        form = next((form for form in FORMS if short.endswith(form)), "")
        short = short[: len(short) - len(form)] if form and len(short) - len(form) >= 2 else short
    rest = without_place(short)
    return rest if len(rest) >= 2 else short


def digits(value: object) -> str:
    """A number as it is dialled at home: no country code of China, no extension, no leading zeros."""
    text = EXTENSION.sub("", unicodedata.normalize("NFKC", str(value)).strip())
    return ABROAD.sub("", re.sub(r"\D", "", text)).lstrip("0")


def sound(value: object) -> str:
    """How a name sounds, letters only: syllables of Chinese characters, other words as they are."""
    return HAN.sub(lambda run: " ".join(readings(run[0])[-1]) + " ", bare(value)).strip()
