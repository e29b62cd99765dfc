"""The text difference between two sets of documents, as people and `patch` read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from typing import Literal


@dataclass(frozen=True)
class Line:
    """One line of a difference: `sign` is + - @ or a blank."""

    sign: str
    text: str


@dataclass(frozen=True)
class Difference:
    """How one document changed."""

    path: str
    kind: Literal["added", "removed", "changed"]
    lines: tuple[Line, ...]

    @property
    def added(self) -> int:
        """Return how many lines came."""
        return sum(line.sign == "+" for line in self.lines)

    @property
    def removed(self) -> int:
        """Return how many lines went."""
        return sum(line.sign == "-" for line in self.lines)


def between(old: Mapping[str, str], new: Mapping[str, str]) -> list[Difference]:
    """Return the difference of every document that is not the same."""
    return [_of(path, old.get(path), new.get(path)) for path in sorted({*old, *new}) if old.get(path) != new.get(path)]


def edits(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str | None]:
    """Return path → text of all that lead from the old documents to the new ones; None leaves one out."""
    return {path: new.get(path) for path in sorted({*old, *new}) if old.get(path) != new.get(path)}


def text(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return the lines of a unified diff."""
    return [line for path in sorted({*old, *new}) for line in _unified(path, old.get(path), new.get(path))]


def _of(path: str, old: str | None, new: str | None) -> Difference:
    lines = tuple(Line(line[:1], line[1:].rstrip("\n")) for line in list(_unified(path, old, new))[2:])
    return Difference(path, "added" if old is None else "removed" if new is None else "changed", lines)


def _unified(path: str, old: str | None, new: str | None) -> Iterator[str]:
    before, after = (_lines(side) for side in (old, new))
    names = ("/dev/null" if old is None else f"a/{path}", "/dev/null" if new is None else f"b/{path}")
    return unified_diff(before, after, *names, n=3)


def _lines(text: str | None) -> list[str]:
    lines = (text or "").splitlines(keepends=True)
    return [line if line.endswith("\n") else line + "\n" for line in lines]
