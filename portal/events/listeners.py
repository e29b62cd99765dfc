"""Who hears what; filled by `wiring`, once per process."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from portal.events.model import Event

When = Literal["with", "after"]
Hear = Callable[[Event], None]


@dataclass(frozen=True)
class Listener:
    """A function and the kinds it hears; `name` keeps its receipts."""

    kind: str
    hear: Hear
    when: When

    @property
    def name(self) -> str:
        return f"{self.hear.__module__}.{self.hear.__qualname__}"

    def hears(self, kind: str) -> bool:
        """Whether the pattern covers this kind; it may end in `*`."""
        return kind.startswith(self.kind[:-1]) if self.kind.endswith("*") else kind == self.kind


_listeners: dict[tuple[str, str, str], Listener] = {}
_pending: list[Callable[[], None]] = []


def on(kind: str, listener: Hear, when: When = "with") -> None:
    """Let `listener` hear a kind of event: *with* the change or *after* it, in a job.

    Saying it twice changes nothing.
    """
    entry = Listener(kind, listener, when)
    _listeners[entry.kind, entry.name, when] = entry


def on_pending(ring: Callable[[], None]) -> None:
    """Set what is called, once per transaction just before it commits, when events wait for later listeners."""
    _pending[:] = [ring]


def ring_pending() -> None:
    """Call what `on_pending` set."""
    for ring in _pending:
        ring()


def hearing(kind: str, when: When) -> Iterator[Listener]:
    """The listeners of a kind, in the order of wiring; each only once."""
    seen = set()
    for listener in _listeners.values():
        if listener.when == when and listener.hears(kind) and listener.name not in seen:
            seen.add(listener.name)
            yield listener
