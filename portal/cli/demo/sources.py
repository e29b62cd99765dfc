"""The committed data of the demo, see data/LICENSES.md."""

import csv
import gzip
from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "data"


def _rows(name: str) -> list[list[str]]:
    text = gzip.decompress((FOLDER / f"{name}.csv.gz").read_bytes()).decode()
    return list(csv.reader(text.splitlines()))


def companies() -> list[str]:
    """Short names of companies."""
    return [row[0] for row in _rows("companies")]


def cities() -> dict[str, tuple[str, list[str]]]:
    """City → its province and some of its districts."""
    return {city: (province, districts.split()) for city, province, districts in _rows("cities")}


def purchases() -> dict[int, list[tuple[int, int, str]]]:
    """Customer number → purchases as (days before today, pieces, yuan), the oldest first."""
    found: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for number, age, pieces, yuan in _rows("orders"):
        found[int(number)].append((int(age), int(pieces), yuan))
    return found


@cache
def _special_days() -> dict[date, bool]:
    return {date.fromisoformat(day): is_off == "True" for day, _name, is_off in _rows("holidays")}


def workday(day: date) -> date:
    """The day itself, or the last workday before it."""
    while _special_days().get(day, day.weekday() > 4):
        day -= timedelta(days=1)
    return day
