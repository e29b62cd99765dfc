"""Which row of a file was the first about something: kept in a scratch database, so memory stays as it is.

A dictionary would hold 115 bytes for each row, as long as the import runs.
"""

import sqlite3
from collections.abc import Hashable, Iterable, Sequence
from hashlib import blake2b


class Repeats:
    """Remembers rows by marks of what they are about; the marks are numbers that tell nobody whose they are."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._scratch = sqlite3.connect("")  # a private file, spilt to disk when it grows and gone afterwards
        self._scratch.execute("PRAGMA journal_mode=OFF")
        self._scratch.execute("CREATE TABLE seen (mark INTEGER PRIMARY KEY, number INTEGER)")

    def first(self, told: Sequence[tuple[int, int]], asked: Sequence[int]) -> list[int]:
        """Remember each (mark, number of its row); for the marks asked, the lowest row that was ever told with it."""
        before = self._scratch.total_changes
        self._scratch.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", sorted(told))
        if self._scratch.total_changes - before == len(told):  # nothing repeats
            numbers = dict(told)
            return [numbers[mark] for mark in asked]
        found = "SELECT number FROM seen WHERE mark = ?"
        return [self._scratch.execute(found, (mark,)).fetchone()[0] for mark in asked]

    def mark(self, *parts: Hashable) -> int:
        """The same number for the same parts, as texts, in every process; without the portal's key it says nothing."""
        said = "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")
        return int.from_bytes(blake2b(said, digest_size=8, key=self._key).digest(), signed=True)

    def recall(self, told: Iterable[Sequence[int]]) -> None:
        """Remember what an earlier run has told: marks, each followed by the number of its row, lower rows first."""
        self._scratch.execute("PRAGMA cache_size=-65536")  # they come in no order: each may lie on another page
        for some in told:
            self._scratch.executemany(
                "INSERT OR IGNORE INTO seen VALUES (?, ?)", zip(some[::2], some[1::2], strict=True)
            )
        self._scratch.execute("PRAGMA cache_size=-2000")

    def close(self) -> None:
        """Forget all of it."""
        self._scratch.close()
