"""What serving something costs: wall seconds, CPU seconds of the serving processes, memory of a worker."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import psutil

MEGABYTE = 1024 * 1024


@dataclass
class Cost:
    """Seconds of each request, and CPU seconds of a request in each round."""

    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """The median request."""
        return statistics.median(self.walls)

    @property
    def cpu(self) -> float:
        """The median round."""
        return statistics.median(self.cpus)


@dataclass(frozen=True)
class Memory:
    """Bytes that a worker holds: resident, and of these its own alone."""

    resident: int
    own: int


def cpu_seconds(roots: Iterable[int]) -> float:
    """CPU seconds of these processes and all below them, those that have ended and were waited for included."""
    return sum(_times(one) for root in roots for one in _tree(root))


def memory(root: int) -> Memory:
    """Of the largest process right below this one: the worker of a gunicorn."""
    found = [one.memory_full_info() for one in psutil.Process(root).children()]
    largest = max(found, key=lambda one: one.rss)
    return Memory(largest.rss, largest.uss)


def spend(run: Callable[[], object], roots: Iterable[int], times: int, cost: Cost) -> None:
    """One round: run it so many times and note what that cost."""
    roots, begun = tuple(roots), 0.0
    before = cpu_seconds(roots)
    for _ in range(times):
        begun = time.perf_counter()
        run()
        cost.walls.append(time.perf_counter() - begun)
    cost.cpus.append((cpu_seconds(roots) - before) / times)


def _tree(root: int) -> list[psutil.Process]:
    try:
        found = psutil.Process(root)
        return [found, *found.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _times(process: psutil.Process) -> float:
    try:
        told = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(told.user + told.system + told.children_user + told.children_system)
