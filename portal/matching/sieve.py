"""Finding pairs in a file of any size: meeting places are sorted in a scratch database, memory stays as it is."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from itertools import combinations, groupby
from typing import Any

from portal.matching.likeness import Forms, Likeness, Weighed

CROWD = 200  # more records than this at one place have only a common word in common
BATCH = 5000
Pair = tuple[int, int, Weighed]
Met = tuple[int, Forms, frozenset[int]]


def pairs(
    records: Iterable[tuple[int, Mapping[str, Any]]],
    likeness: Likeness,
    told: Callable[[int], None] = lambda count: None,
    crowd: int = CROWD,
) -> Iterator[Pair]:
    """Pairs of records (by number, the smaller first) that may be the same; `told` hears how many were read."""
    with closing(sqlite3.connect("")) as scratch:  # a private file, spilt to disk when it grows and gone afterwards
        scratch.execute("PRAGMA journal_mode=OFF")
        scratch.execute("CREATE TABLE record (id INTEGER PRIMARY KEY, forms TEXT, keys TEXT)")
        scratch.execute("CREATE TABLE place (key INTEGER, id INTEGER)")
        _fill(scratch, records, likeness, told)
        yield from _meet(scratch, likeness, crowd)


def _fill(scratch: sqlite3.Connection, records: Iterable[Any], likeness: Likeness, told: Callable[[int], None]) -> None:
    rows: list[tuple[int, str, str]] = []
    places: list[tuple[int, int]] = []
    count = 0
    for count, (id_, values) in enumerate(records, 1):
        forms = likeness.forms(values)
        keys = likeness.keys(forms)
        rows.append((id_, json.dumps(forms, ensure_ascii=False), json.dumps(keys)))
        places += [(key, id_) for key in keys]
        if len(rows) == BATCH:
            _write(scratch, rows, places)
            told(count)
    _write(scratch, rows, places)
    told(count)
    scratch.execute("CREATE INDEX place_key ON place (key, id)")


def _write(scratch: sqlite3.Connection, rows: list[Any], places: list[Any]) -> None:
    scratch.executemany("INSERT INTO record VALUES (?, ?, ?)", rows)
    scratch.executemany("INSERT INTO place VALUES (?, ?)", places)
    rows.clear()
    places.clear()


def _meet(scratch: sqlite3.Connection, likeness: Likeness, crowd: int) -> Iterator[Pair]:
    """Compare all who meet; two who meet at several places are compared at the first of them that is no crowd."""
    crowded = {key for (key,) in scratch.execute("SELECT key FROM place GROUP BY key HAVING COUNT(*) > ?", (crowd,))}
    met = scratch.execute(
        "SELECT p.key, r.id, r.forms, r.keys FROM place p JOIN record r ON r.id = p.id WHERE p.key IN "
        "(SELECT key FROM place GROUP BY key HAVING COUNT(*) BETWEEN 2 AND ?) ORDER BY p.key, p.id",
        (crowd,),
    )
    for key, group in groupby(met, key=lambda row: row[0]):
        there: list[Met] = [
            (id_, tuple(json.loads(forms)), frozenset(json.loads(keys)) - crowded) for _, id_, forms, keys in group
        ]
        for (one, left, left_keys), (other, right, right_keys) in combinations(there, 2):
            if min(left_keys & right_keys) == key:
                weighed = likeness.likely(left, right)
                if weighed is not None:
                    yield one, other, weighed
