"""Text files of rows: which encoding, which separator, which cells."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SAMPLE = 256 * 1024
SEPARATORS = ",;\t|"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = re.compile("[\x00-\x08\x0e-\x1f\ufffd]")
_TOLD = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


class Shape(NamedTuple):
    """How a text file is to be read; `is_told` says that its first line does nothing but name the separator."""

    encoding: str
    separator: str
    is_told: bool = False


def shape_of(path: Path, encoding: str = "", separator: str = "") -> Shape:
    """What was settled of encoding and separator, and else what the file's beginning tells."""
    if not encoding:
        with path.open("rb") as raw:
            encoding = encoding_of(raw.read(SAMPLE))
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        sample = text.read(SAMPLE)
    if len(_BINARY.findall(sample)) > len(sample) / 50:
        raise ValueError("this is no text")
    told = _TOLD.match(sample)
    return Shape(encoding, separator or (told[1] if told else separator_of(sample)), told is not None)


def rows(path: Path, shape: Shape) -> Iterator[list[str]]:
    """The rows of the file as text; a byte that no encoding explains becomes U+FFFD."""
    csv.field_size_limit(16 * 1024 * 1024)
    with path.open(encoding=shape.encoding, errors="replace", newline="") as text:
        if shape.is_told:
            text.readline()
        yield from csv.reader(text, delimiter=shape.separator)


def encoding_of(sample: bytes) -> str:
    """The encoding of these first bytes of a file."""
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    if b"\0" in sample:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        return "utf-16-be" if even > odd else "utf-16-le"
    if _decodes(sample, "utf-8") is not None:
        return "utf-8"
    return max(("gb18030", "big5hkscs", "cp1252"), key=lambda name: _likelihood(sample, name))


def _decodes(sample: bytes, encoding: str) -> str | None:
    """The text, or None where a byte does not fit; a character cut at the end is no fault."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(sample, final=False)
    except UnicodeDecodeError:
        return None


def _likelihood(sample: bytes, encoding: str) -> float:
    """How usual the characters are that this encoding finds, from 0 to 1; -1 where it finds none."""
    text = _decodes(sample, encoding)
    if text is None:
        return -1 if encoding != "cp1252" else 0.01
    high = [character for character in text if ord(character) > 0x7F]
    if encoding == "cp1252":
        return 0.9 * _western(text, high)
    return sum(_is_common(character, encoding) for character in high) / max(1, len(high))


def _western(text: str, high: list[str]) -> float:
    """The share of high characters that stand alone as letters in a word, as in `café`."""
    alone = re.findall(r"(?<![\x80-\uffff])[\u00c0-\u00ff](?![\x80-\uffff])|[€£°«»–—’“”]", text)
    return len(alone) / max(1, len(high))


def _is_common(character: str, encoding: str) -> bool:
    """Whether it is among the everyday characters and signs of that character set."""
    try:
        code = character.encode("gb2312" if encoding == "gb18030" else "big5")
    except UnicodeEncodeError:
        return False
    if encoding == "gb18030":
        return len(code) == 2 and (0xB0 <= code[0] <= 0xD7 or 0xA1 <= code[0] <= 0xA3)
    return len(code) == 2 and 0xA1 <= code[0] <= 0xC6


def separator_of(sample: str) -> str:
    """The separator with which most rows have the same, largest number of cells."""
    head = sample[: SAMPLE // 4]
    if len(sample) > len(head):
        head = head[: head.rfind("\n") + 1] or head
    return max(SEPARATORS, key=lambda separator: _evenness(head, separator))


def _evenness(sample: str, separator: str) -> float:
    found = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if any(row):
                found.append(len(row))
    except csv.Error:
        return 0
    if not found or max(found) < 2:
        return 0
    width, often = Counter(count for count in found if count > 1).most_common(1)[0]
    return often / len(found) * (1 + min(width, 20) / 100)
