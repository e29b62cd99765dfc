"""New workbooks, for whoever writes a list into one."""

from pathlib import Path
from typing import Any


def new(path: Path, **options: Any) -> Any:
    """An empty workbook at the path, with options of xlsxwriter; close it to have it written."""
    import xlsxwriter  # when the first list is written: a web process that writes none does without

    return xlsxwriter.Workbook(str(path), options)


def column(place: int) -> str:
    """What a sheet calls the column at a place, counted from 0, in a formula that is copied: $A."""
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(place, True))
