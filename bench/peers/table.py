"""What came out, as lines of a table: ours beside the peer's."""

from dataclasses import dataclass

from bench.peers.meter import MEGABYTE, Cost, Memory

HEAD = f"{'what':44}{'ours':>10}{'peer':>11}{'ratio':>8}{'aim':>6}{'CPU ours':>10}{'peer':>11}{'ratio':>8}"


@dataclass(frozen=True)
class Line:
    """One deed, done by both."""

    name: str
    aim: float | None
    ours: Cost
    peer: Cost

    @property
    def ratio(self) -> float:
        """How many times as long the peer takes."""
        return self.peer.wall / self.ours.wall

    @property
    def cpu_ratio(self) -> float:
        """How many times as much CPU the peer takes; the clock of the kernel ticks a hundred times a second."""
        return self.peer.cpu / max(self.ours.cpu, 0.0005)

    @property
    def is_reached(self) -> bool:
        """Whether the peer takes as many times as long as we aim at."""
        return self.aim is None or self.ratio >= self.aim

    def __str__(self) -> str:
        aim = f"{self.aim:.0f}" if self.aim else "-"
        wall = f"{_time(self.ours.wall):>10}{_time(self.peer.wall):>11}{self.ratio:8.1f}{aim:>6}"
        cpu = f"{_time(self.ours.cpu):>10}{_time(self.peer.cpu):>11}{self.cpu_ratio:8.1f}"
        return f"{self.name[:43]:44}{wall}{cpu}{'' if self.is_reached else '  BELOW'}"


def memory_lines(ours: Memory, peer: Memory) -> list[str]:
    """Memory of a web worker after all of that."""
    pairs = {"resident": (ours.resident, peer.resident), "its own (USS)": (ours.own, peer.own)}
    return [
        f"{f'memory of a worker, {name}':44}{_size(mine):>10}{_size(theirs):>11}{theirs / mine:8.1f}{1:>6}"
        + ("" if theirs >= mine else "  BELOW")
        for name, (mine, theirs) in pairs.items()
    ]


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _size(count: int) -> str:
    return f"{count / MEGABYTE:.0f} MB"
