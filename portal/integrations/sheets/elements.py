"""The elements of a part of a workbook as the parser tells of them, block by block; it runs in the child."""

import zipfile
from collections.abc import Callable, Iterator
from itertools import count
from typing import IO, Any
from xml.parsers import expat  # nosec B405 (no entities: a document that declares any is refused)

BLOCK = 1 << 16
Attributes = dict[str, str]
Start = Callable[[str, Attributes], None]
Hear = Callable[[str], None]
IsAbove = Callable[[Attributes], bool]


class Broken(ValueError):
    """The workbook is not what the format says."""


def elements(book: zipfile.ZipFile, part: str) -> list[tuple[str, Attributes]]:
    """All elements of a small part, in order, with their attributes."""
    found: list[tuple[str, Attributes]] = []
    parse(book, part, lambda name, told: found.append((name, told)), lambda name: None, lambda text: None)
    return found


def parse(book: zipfile.ZipFile, part: str, start: Start, end: Hear, hear: Hear) -> None:
    with book.open(part) as stream:
        for _ in parsed(stream, start, end, hear):
            pass


def parsed(stream: IO[bytes], start: Start, end: Hear, hear: Hear, is_above: IsAbove | None = None) -> Iterator[int]:
    """Parse block by block; names come without the prefix of their namespace. Rows that are above are passed over."""
    parser = expat.ParserCreate()
    parser.buffer_text, parser.buffer_size = True, BLOCK

    def listen(has_prefix: bool) -> None:
        parser.StartElementHandler = (lambda name, told: start(_bare(name), told)) if has_prefix else start
        parser.EndElementHandler = (lambda name: end(_bare(name))) if has_prefix else end
        parser.CharacterDataHandler = hear

    def begin(name: str, told: Attributes) -> None:
        """The first element says whether names have a prefix; hardly any workbook's have."""
        prefix = name[: name.rfind(":") + 1]
        row = f"{prefix}row"

        def pass_over(name: str, told: Attributes) -> None:
            if name == row and is_above is not None and not is_above(told):
                listen(bool(prefix))
                start("row", told)

        if is_above is None:
            listen(bool(prefix))
        else:
            parser.StartElementHandler = pass_over
        start(_bare(name), told)

    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = _refuse
    for number in count():
        block = stream.read(BLOCK)
        parser.Parse(block, not block)
        yield number
        if not block:
            return


def _bare(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse(*told: Any) -> None:
    raise Broken("a workbook declares no entities")
