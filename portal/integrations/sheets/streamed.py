"""Large sheets of .xlsx, row by row: what has been told is let go of, so memory stays flat however many rows there are.

The other reader holds a whole sheet, 1.3 MB for a thousand rows of fifteen columns. Of the format (ECMA-376 part 1,
chapter 18) this one reads what cells hold; it runs in the child, which says what it may import.
"""

import os
import re
import tempfile
import zipfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import lru_cache
from typing import IO, Any
from xml.parsers import expat  # nosec B405 (no entities: a document that declares any is refused)

from portal.integrations.sheets import serials, worksheets
from portal.integrations.sheets.elements import Attributes, Broken, elements, parse, parsed

LARGE = 64 * 1024 * 1024
"""Bytes of a sheet, unpacked, from which on it is read here, which takes more time and no memory: 80,000 rows of
fifteen columns, for which the other reader takes 130 MB."""
ROWS, COLUMNS = 1_048_576, 16_384  # what a sheet may have
_SINCE_1904 = 1462
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})$")
_BLANK: list[Any] = []


def rows(path: str, wanted: int, after: int = 0, least: int | None = None) -> Iterator[list[Any]] | None:
    """The rows of that worksheet below the row `after`, blank ones too; None where it is not a large one.

    What stands above is passed over, which takes a small part of the time. Large is one of `least` bytes, unpacked.
    """
    with ExitStack() as held:
        try:
            book = held.enter_context(zipfile.ZipFile(path))
            parts = worksheets.parts(book)
            if not 0 < wanted <= len(parts):
                return None
            part = parts[wanted - 1][2]
            if book.getinfo(part).file_size < (LARGE if least is None else least):
                return None
            strings = _strings(book, held.enter_context(tempfile.TemporaryFile()))
            found = _Sheet(strings, _formats(book), _is_1904(book)).rows(held.enter_context(book.open(part)), after)
        except (ValueError, KeyError, expat.ExpatError, zipfile.BadZipFile):
            return None  # the other reader may know better
        return _until_end(found, held.pop_all())


def _until_end(found: Iterator[list[Any]], held: ExitStack) -> Iterator[list[Any]]:
    with held:
        yield from found


def sheets(path: str) -> list[dict[str, Any]] | None:
    """What is told of each worksheet of a workbook of which one is large; None of any other."""
    try:
        with zipfile.ZipFile(path) as book:
            parts = worksheets.parts(book)
            if not any(book.getinfo(part).file_size >= LARGE for _, _, part in parts):
                return None
            told = [(name, visible, worksheets.merged(book, part)) for name, visible, part in parts]
    except (ValueError, KeyError, expat.ExpatError, zipfile.BadZipFile):
        return None
    return [{"name": name, "visible": visible, "merged": merged} for name, visible, merged in told]


def _is_1904(book: zipfile.ZipFile) -> bool:
    told = [found for name, found in elements(book, "xl/workbook.xml") if name == "workbookPr"]
    return bool(told) and told[0].get("date1904") in ("1", "true")


def _formats(book: zipfile.ZipFile) -> list[str]:
    """For each style of a cell whether it shows a day ("day"), a span of time ("span") or neither ("")."""
    if "xl/styles.xml" not in book.namelist():
        return []
    own, found, is_cell = dict[str, str](), list[str](), False
    for name, told in elements(book, "xl/styles.xml"):
        if name in ("cellXfs", "cellStyleXfs", "dxfs", "cellStyles"):
            is_cell = name == "cellXfs"
        elif name == "numFmt" and "numFmtId" in told:
            own.setdefault(told["numFmtId"], serials.shown(told.get("formatCode", "")))
        elif name == "xf" and is_cell:
            number = told.get("numFmtId", "0")
            found.append(own.get(number, serials.BUILT_IN.get(number, "")))
    return found


class _Strings:
    """The texts that cells share, kept in a file without a name: a workbook may have millions."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.ends = array("Q", [0])
        self.get = lru_cache(1 << 14)(self._read)

    def add(self, text: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        self.file.write(data)
        self.ends.append(self.ends[-1] + len(data))

    def _read(self, number: int) -> str:
        begin, end = self.ends[number], self.ends[number + 1]
        return os.pread(self.file.fileno(), end - begin, begin).decode("utf-8", "surrogatepass")


def _strings(book: zipfile.ZipFile, file: IO[bytes]) -> _Strings:
    found, part = _Strings(file), "xl/sharedStrings.xml"
    if part in book.namelist():
        reader = _Texts(found.add)
        parse(book, part, reader.start, reader.end, reader.hear)
    found.file.flush()
    return found


class _Texts:
    """Gathers the text of each shared string; how it is to be read aloud is left out."""

    def __init__(self, add: Callable[[str], None]) -> None:
        self.add, self.parts, self.is_text, self.aloud = add, list[str](), False, 0

    def start(self, name: str, told: Attributes) -> None:
        if name == "si":
            self.parts = []
        elif name == "rPh":
            self.aloud += 1
        self.is_text = name == "t" and not self.aloud

    def hear(self, text: str) -> None:
        if self.is_text:
            self.parts.append(text)

    def end(self, name: str) -> None:
        self.is_text = False
        if name == "si":
            self.add("".join(self.parts))
        elif name == "rPh":
            self.aloud -= 1


class _Sheet:
    """Reads the cells of one sheet as the parser tells of them."""

    def __init__(self, strings: _Strings, formats: list[str], is_1904: bool) -> None:
        self.strings, self.formats, self.shift = strings, formats, _SINCE_1904 if is_1904 else 0
        self.done: list[list[Any]] = []
        self.row: list[Any] = []
        self.number = self.passed = self.place = self.aloud = 0
        self.kind = self.style = ""
        self.parts: list[str] = []
        self.is_text = False
        self.columns: dict[str, int] = {}

    def rows(self, stream: IO[bytes], after: int) -> Iterator[list[Any]]:
        """The rows below the row `after`, as they are read."""
        self.number = after
        for _ in parsed(stream, self.start, self.end, self.hear, self.is_above if after else None):
            yield from self.done
            self.done = []
        yield from self.done

    def is_above(self, told: Attributes) -> bool:
        """Whether a row that begins is to be passed over."""
        self.passed = int(told.get("r") or self.passed + 1)
        return self.passed <= self.number

    def start(self, name: str, told: Attributes) -> None:
        """An element begins."""
        if name == "c":
            self.kind, self.style, self.parts = told.get("t", "n"), told.get("s", ""), []
            at = told.get("r", "")
            self.place = self._column(at) if at else self.place + 1
        elif name == "v":
            self.is_text = self.kind != "inlineStr"
        elif name == "t":
            self.is_text = not self.aloud
        elif name == "rPh":
            self.aloud += 1
        elif name == "row":
            number = int(told.get("r") or self.number + 1)
            if not self.number < number <= ROWS:
                raise Broken("rows are out of order")
            self.done += [_BLANK] * (number - self.number - 1)
            self.number, self.row, self.place = number, [], -1

    def hear(self, text: str) -> None:
        """Text comes."""
        if self.is_text:
            self.parts.append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "c":
            value = self._value("".join(self.parts)) if self.parts else None
            if value is not None:
                row = self.row
                if len(row) < self.place:
                    row.extend([None] * (self.place - len(row)))
                row[self.place :] = [value]
        elif name == "v" or name == "t":
            self.is_text = False
        elif name == "rPh":
            self.aloud -= 1
        elif name == "row":
            self.done.append(self.row)

    def _column(self, at: str) -> int:
        match = _PLACE.match(at)
        if match is None:
            raise Broken("a cell has no place")
        letters = match[1]
        if letters not in self.columns:
            number = self.columns[letters] = worksheets.column(letters)
            if number >= COLUMNS:
                raise Broken("too many columns")
        return self.columns[letters]

    def _value(self, text: str) -> Any:
        if self.kind == "s":
            return self.strings.get(int(text)) or None
        if self.kind in ("str", "inlineStr"):
            return text or None
        if self.kind == "b":
            return text.strip() not in ("0", "false")
        if self.kind == "e":
            return None
        if self.kind == "d":
            return datetime.fromisoformat(text)
        number = float(text)
        style = self.formats[int(self.style)] if self.style and int(self.style) < len(self.formats) else ""
        return number if not style else serials.moment(number + self.shift, is_span=style == serials.SPAN)
