"""Shipped data sets of public holidays and make-up workdays, one small CSV each under `data/`."""

import csv
from datetime import date
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
DATA_SETS = ("cn",)


@cache
def days(name: str | None) -> dict[date, bool]:
    """Return date → is it a day off (False: a make-up workday) for a data set; nothing for None."""
    if name is None:
        return {}
    with (DATA / f"holidays_{name}.csv").open(encoding="utf-8", newline="") as file:
        return {date.fromisoformat(row["date"]): row["off"] == "1" for row in csv.DictReader(file)}
