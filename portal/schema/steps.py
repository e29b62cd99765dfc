"""The way back and forth through a person's changes of a document, each kept as the lines that it replaced."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from portal.audit import Actor
from portal.extensions import db
from portal.schema.models import Trail

MOST = 50  # steps that can be taken back


@dataclass(frozen=True)
class Step:
    """One change: from line `start` the lines `old` became the lines `new`; `place` is where it was made."""

    start: int
    old: list[str]
    new: list[str]
    place: list[str]

    def back(self, text: str) -> str:
        """The text without the change."""
        return self._put(text, self.new, self.old)

    def forth(self, text: str) -> str:
        """The text with the change."""
        return self._put(text, self.old, self.new)

    def _put(self, text: str, there: list[str], then: list[str]) -> str:
        lines = text.splitlines(keepends=True)
        return "".join([*lines[: self.start], *then, *lines[self.start + len(there) :]])


def between(before: str, after: str, place: list[str]) -> Step:
    """The step from one text to the other, from the first line that differs to the last."""
    old, new = (text.splitlines(keepends=True) for text in (before, after))
    least, start, tail = min(len(old), len(new)), 0, 0
    while start < least and old[start] == new[start]:
        start += 1
    while tail < least - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Step(start, old[start : len(old) - tail], new[start : len(new) - tail], place)


def reach(person: Actor, path: str, text: str) -> tuple[int, int]:
    """How many steps lead back from the text and how many forth; none where it was changed by another door."""
    trail = _trail(person, path, text)
    return (trail.at, len(trail.steps) - trail.at) if trail else (0, 0)


def note(person: Actor, path: str, before: str, after: str, place: list[str]) -> None:
    """Remember a change; what was taken back before is gone."""
    if before == after:
        return
    trail = _trail(person, path, before) or _fresh(person, path)
    made = between(before, after, place)
    steps = [*trail.steps[: trail.at], [made.start, made.old, made.new, made.place]][-MOST:]
    trail.steps, trail.at, trail.stamp = steps, len(steps), _stamp(after)
    db.session.flush()


def take(person: Actor, path: str, text: str, by: int) -> tuple[str, Step | None]:
    """The text one step back (-1) or forth (1) and the step that was taken; the same text where none is left."""
    trail = _trail(person, path, text)
    at = trail.at + (0 if by > 0 else -1) if trail else -1
    if trail is None or not 0 <= at < len(trail.steps):
        return text, None
    step = Step(*trail.steps[at])
    then = step.forth(text) if by > 0 else step.back(text)
    trail.at, trail.stamp = trail.at + by, _stamp(then)
    db.session.flush()
    return then, step


def _trail(person: Actor, path: str, text: str) -> Trail | None:
    found = _kept(person, path)
    return found if found is not None and found.stamp == _stamp(text) else None


def _kept(person: Actor, path: str) -> Trail | None:
    return db.session.scalar(sa.select(Trail).where(Trail.person_id == person.id, Trail.path == path))


def _fresh(person: Actor, path: str) -> Trail:
    trail: Any = _kept(person, path) or Trail(person_id=person.id, path=path)
    trail.at, trail.steps = 0, []
    db.session.add(trail)
    return trail  # type: ignore[no-any-return]


def _stamp(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
