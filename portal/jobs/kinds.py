"""The kinds of jobs; filled by `wiring`, once per process."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.jobs.work import Work


@dataclass(frozen=True)
class Kind:
    """A named function; `label` is a (lazy) text for people; `attempts` failures make a job dead."""

    key: str
    function: "Callable[[Work], object]"
    label: object
    attempts: int = 3


KINDS: dict[str, Kind] = {}
AROUND: list[Callable[[str], AbstractContextManager[None]]] = []
"""What stands around every job, by its kind; filled by `wiring`."""


def register(kind: str, function: "Callable[[Work], object]", label: object, *, attempts: int = 3) -> None:
    """Name the function that does jobs of a kind; its return value (JSON) becomes the result."""
    KINDS[kind] = Kind(kind, function, label, attempts)


def label_of(kind: str) -> object:
    """The label of a kind, or its key where nobody registered it."""
    return KINDS[kind].label if kind in KINDS else kind
