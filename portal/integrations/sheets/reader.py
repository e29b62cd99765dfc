"""The rows of uploaded files, read in a limited child process so that no file can harm the portal."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext

from portal.errors import PortalError

Cells = list[Any]
HERE = Path(__file__).resolve().parent
MEGABYTES, SECONDS = 2048, 900
LOOK_MEGABYTES, LOOK_SECONDS, LOOK_ROWS = 1024, 60, 30

# The child sees the package without running its __init__, which would bring in the whole portal.
_BOOT = """
import sys, types
for name, folder in zip(("portal", "portal.integrations", "portal.integrations.sheets"), sys.argv[1:4]):
    module = types.ModuleType(name)
    module.__path__ = [folder]
    sys.modules[name] = module
from portal.integrations.sheets.child import main
main(*sys.argv[4:])
"""


REASONS = {
    "password": lazy_gettext("Save the workbook without a password and send it again."),
    "memory": lazy_gettext("Send a smaller file, or the same data as .csv: this one needs too much memory to read."),
    "time": lazy_gettext("Send a smaller file, or the same data as .csv: this one takes too long to read."),
}
_OUT_OF_TIME = (-signal.SIGXCPU, -signal.SIGKILL)


class SheetError(PortalError):
    """The file cannot be read; the message tells the person what to do."""

    status = 422
    fallback = lazy_gettext("Send a workbook (.xlsx, .xls, .ods) or a text file (.csv): this file cannot be read.")


@dataclass(frozen=True)
class Sheet:
    """A sheet with its first filled rows, each with its number in the sheet.

    `merged` are the merged cells of its first rows: first row (from 1) and column (from 0), last row and column. Of a
    text file the encoding and the separator are told.
    """

    number: int
    name: str
    visible: bool = True
    rows: list[tuple[int, Cells]] = field(default_factory=list)
    merged: list[list[int]] = field(default_factory=list)
    encoding: str = ""
    separator: str = ""


def look(path: Path, rows: int = LOOK_ROWS, *, encoding: str = "", separator: str = "") -> list[Sheet]:
    """All sheets with their first filled rows (0: all rows); raises SheetError.

    Encoding and separator of a text file are found out where they are not given.
    """
    found: list[Sheet] = []
    for line in _lines(path, 0, rows, 0, LOOK_MEGABYTES, LOOK_SECONDS, encoding, separator):
        if isinstance(line, dict):
            found.append(Sheet(line.pop("sheet"), **line))
        else:
            found[-1].rows.extend((number, cells) for number, cells in line)
    return found


def read(
    path: Path, sheet: int, after: int = 0, *, encoding: str = "", separator: str = ""
) -> Iterator[tuple[int, Cells]]:
    """The filled rows of one sheet below the row `after` with their numbers, as they come; raises SheetError."""
    for line in _lines(path, sheet, 0, after, MEGABYTES, SECONDS, encoding, separator):
        if isinstance(line, list):
            yield from line


def _lines(path: Path, *asked: int | str) -> Iterator[Any]:
    with _child([str(path), *map(str, asked)]) as child:
        for line in child.stdout or ():
            told = json.loads(line, object_hook=_moment)
            if isinstance(told, dict) and "end" in told:
                return
            if isinstance(told, dict) and "error" in told:
                raise SheetError(REASONS.get(told["error"]))
            yield told
        # It died without a last word: the limits ended it, or the library crashed.
        raise SheetError(REASONS["time" if child.wait() in _OUT_OF_TIME else "memory"])


@contextmanager
def _child(arguments: list[str]) -> Iterator["subprocess.Popen[str]"]:
    folders = [str(HERE.parent.parent), str(HERE.parent), str(HERE)]
    child = subprocess.Popen(
        [sys.executable, "-I", "-c", _BOOT, *folders, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="ascii",
    )
    try:
        yield child
    finally:
        if child.stdout:
            child.stdout.close()
        child.kill()
        child.wait()


def _moment(told: dict[str, Any]) -> Any:
    if "d" in told:
        return date.fromisoformat(told["d"])
    return datetime.fromisoformat(told["t"]) if "t" in told else told
