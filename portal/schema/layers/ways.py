"""Which offices stand above each other: the room that keeps the offices says so, for documents know only their keys."""

from collections.abc import Callable, Iterable, Sequence

Way = tuple[str, ...]  # keys of offices from the top down to the one that is meant
_read: list[Callable[[], Iterable[Way]]] = []


def told_by(read: Callable[[], Iterable[Way]]) -> None:
    """Let somebody say the way down to each office; nobody is asked twice."""
    _read[:] = [read]


def to(offices: Sequence[str]) -> list[Way]:
    """The way down to each of the offices through the others alone, those with nobody above them first."""
    known = {way[-1]: way for read in _read for way in read() if way and way[-1] in offices}
    found = [tuple(key for key in known.get(office, (office,)) if key in offices) for office in offices]
    return sorted(found, key=len)
