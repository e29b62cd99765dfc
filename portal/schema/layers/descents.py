"""Which offices stand above each other: the room that keeps the offices says so, for documents know only their keys."""

from collections.abc import Callable, Iterable, Sequence

Descent = tuple[str, ...]  # keys of offices from the top down to the one that is meant
_read: list[Callable[[], Iterable[Descent]]] = []


def told_by(read: Callable[[], Iterable[Descent]]) -> None:
    """Let somebody say the way down to each office; nobody is asked twice."""
    _read[:] = [read]


def of(offices: Sequence[str]) -> list[Descent]:
    """The way down to each of the offices through the others alone, those with nobody above them first."""
    known = {one[-1]: one for read in _read for one in read() if one and one[-1] in offices}
    found = [tuple(key for key in known.get(office, (office,)) if key in offices) for office in offices]
    return sorted(found, key=len)
