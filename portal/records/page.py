"""One page of a list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from portal.records.record import Record
from portal.records.selection import MOST


@dataclass
class Page:
    """Records in order, with the cursors of the pages around; the count is only asked for when it is read."""

    records: list[Record]
    next: int | None
    previous: int | None
    counter: Callable[[], int]

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    @cached_property
    def _found(self) -> int:
        if self.next is None and self.previous is None:
            return len(self.records)
        return self.counter()

    @property
    def count(self) -> int:
        """How many records there are in all, at most 1,000."""
        return min(self._found, MOST)

    @property
    def more(self) -> bool:
        """Whether there are more than `count` says."""
        return self._found > MOST

    @property
    def count_text(self) -> str:
        """The count as people read it: "37" or "1000+"."""
        return f"{self.count}+" if self.more else str(self.count)
