"""How good found pairs are, beside what is known to be true."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

Two = tuple[int, int]


@dataclass(frozen=True)
class Measured:
    """Pairs found, pairs there are, and how many of the found ones are right."""

    found: int
    true: int
    right: int

    @property
    def precision(self) -> float:
        """The share of the found pairs that is right."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of the true pairs that was found."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both (van Rijsbergen 1979)."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        """Say the figures in one line."""
        return (
            f"precision {self.precision:.4f}  recall {self.recall:.4f}  F1 {self.f1:.4f}  "
            f"({self.right} right of {self.found} found, {self.true} true)"
        )


def measure(found: Iterable[Two], truth: Mapping[int, Hashable]) -> Measured:
    """Compare pairs of records with `truth`, which says of every record which thing it is about."""
    pairs = set(found)
    sizes = Counter(truth.values())
    true = sum(size * (size - 1) // 2 for size in sizes.values())
    return Measured(len(pairs), true, sum(truth[one] == truth[other] for one, other in pairs))


def grouped(found: Iterable[Two]) -> Iterator[Two]:
    """All pairs within groups: whoever is like one of a group belongs to it."""
    root: dict[int, int] = {}

    def top(one: int) -> int:
        while root.setdefault(one, one) != one:
            root[one] = one = root[root[one]]
        return one

    for one, other in found:
        root[top(one)] = top(other)
    groups: dict[int, list[int]] = defaultdict(list)
    for one in root:
        groups[top(one)].append(one)
    for members in groups.values():
        yield from combinations(sorted(members), 2)
