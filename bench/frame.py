"""The frame of every measure: ours against a floor, in turn, medians of at least five rounds."""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.world import World

Run = Callable[[], object]  # a float it returns is its own time in seconds; anything else is timed from outside
ROUNDS = 5
ROUND_SECONDS = 0.4  # how long a round of something quick goes on
MOST_REPEATS = 20
LONG_SECONDS = 10.0  # a run as long as this needs no warm-up, and is told as soon as it ends


@dataclass
class Pair:
    """One thing to do, by us and by the floor; `rows` makes the report say rows a second.

    Where runs return something else than seconds, `unit` names it, and the floor is the bound itself.
    """

    name: str
    ours: Run
    floor: Run
    most: float | None = None
    rounds: int = ROUNDS
    rows: int = 0
    unit: str = "s"


@dataclass
class Measure:
    """A figure of docs/performance.md: `most` is the ratio to the floor that it may reach."""

    id: str
    title: str
    most: float
    pairs: Callable[["World"], Iterator[Pair]]
    growth: float | None = None
    largest: int | None = None


@dataclass
class Result:
    """What came out for one pair on one engine at one size; times in seconds."""

    measure: Measure
    pair: Pair
    engine: str
    size: int
    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)

    def add(self, ours: float, floor: float) -> None:
        """Note a round; a long one is told, so that a run that is broken off has not been for nothing."""
        self.ours.append(ours)
        self.floor.append(floor)
        if self.pair.unit == "s" and min(ours, floor) >= LONG_SECONDS:
            told = f"{self.pair.name}, round {len(self.ours)}: {ours:.2f} s to {floor:.2f} s"
            print(told, file=sys.stderr, flush=True)

    @property
    def time(self) -> float:
        """Our median."""
        return statistics.median(self.ours)

    @property
    def bottom(self) -> float:
        """The floor's median."""
        return statistics.median(self.floor)

    @property
    def ratio(self) -> float:
        """How many times the floor we take."""
        return self.time / self.bottom

    @property
    def p95(self) -> float:
        """The time that 95 of 100 stay below."""
        return sorted(self.ours)[min(len(self.ours) - 1, int(len(self.ours) * 0.95))]

    @property
    def most(self) -> float:
        """The ratio allowed."""
        return self.pair.most or self.measure.most

    @property
    def is_kept(self) -> bool:
        """Whether the figure is reached."""
        return self.ratio <= self.most


MEASURES: list[Measure] = []


def measure(
    id: str, title: str, *, most: float, growth: float | None = None, largest: int | None = None
) -> Callable[[Callable[["World"], Iterator[Pair]]], Callable[["World"], Iterator[Pair]]]:
    """Register a measure; `growth` bounds the time at the largest size against the smallest, `largest` the size."""

    def register(pairs: Callable[["World"], Iterator[Pair]]) -> Callable[["World"], Iterator[Pair]]:
        MEASURES.append(Measure(id, title, most, pairs, growth, largest))
        return pairs

    return register


def take(measure: Measure, world: "World", words: str = "") -> Iterator[Result]:
    """Measure every pair in this world whose name holds the words."""
    for pair in measure.pairs(world):
        if words not in pair.name:
            continue
        result = Result(measure, pair, world.engine, world.size)
        once = clock(pair.ours), clock(pair.floor)  # warm-up, and how long it takes
        if pair.unit == "s" and min(once) >= LONG_SECONDS:
            result.add(*once)
        repeats = [max(1, min(MOST_REPEATS, int(ROUND_SECONDS / max(seconds, 1e-5)))) for seconds in once]
        while len(result.ours) < pair.rounds * min(repeats):  # in turn: a busy moment of the machine meets both
            result.add(clock(pair.ours), clock(pair.floor))
        yield result


def clock(run: Run) -> float:
    """How long it takes, in seconds."""
    start = time.perf_counter()
    own = run()
    return own if isinstance(own, float) else time.perf_counter() - start
