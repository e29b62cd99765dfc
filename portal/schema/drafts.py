"""What a person has changed and not published yet: kept in the database, one draft each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from portal import clock
from portal.audit import Actor
from portal.extensions import db
from portal.schema import releases
from portal.schema.models import Draft


@dataclass(frozen=True)
class Workspace:
    """The documents as a person sees them: those of the base release with the person's edits over them."""

    base: int
    published: Mapping[str, str]
    edits: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def documents(self) -> dict[str, str]:
        """Return path → text with the edits."""
        merged = {**self.published, **self.edits}
        return {path: text for path, text in merged.items() if text is not None}

    def state(self, path: str) -> str:
        """Return "added", "changed", "removed" or "" for a document that is as published."""
        if path not in self.edits:
            return ""
        if self.edits[path] is None:
            return "removed"
        return "changed" if path in self.published else "added"


def workspace(person: Actor) -> Workspace:
    """Return the person's documents; without a draft they are those in force."""
    draft = of(person)
    base = draft.base if draft else releases.current_number()
    return Workspace(base, releases.documents(base), dict(draft.edits) if draft else {})


def of(person: Actor) -> Draft | None:
    """Return the person's draft."""
    return db.session.scalar(sa.select(Draft).where(Draft.person_id == person.id))


def of_others(person: Actor) -> Sequence[Draft]:
    """Return the drafts of everybody else, the freshest first."""
    query = sa.select(Draft).where(Draft.person_id != person.id).order_by(Draft.updated_at.desc())
    return db.session.scalars(query).all()


def write(person: Actor, path: str, text: str | None) -> None:
    """Keep an edit (None leaves the document out); an edit that undoes itself is forgotten."""
    seen = workspace(person)
    edits = {**seen.edits, path: text}
    if seen.published.get(path) == text:
        edits.pop(path)
    _keep(person, seen.base, edits)


def revert(person: Actor, path: str) -> None:
    """Forget the edit of one document."""
    seen = workspace(person)
    _keep(person, seen.base, {key: text for key, text in seen.edits.items() if key != path})


def discard(person: Actor) -> None:
    """Forget all edits."""
    db.session.execute(sa.delete(Draft).where(Draft.person_id == person.id))


def move(person: Actor) -> None:
    """Put the edits on top of the release in force; those it already holds are forgotten."""
    seen, number = workspace(person), releases.current_number()
    now = releases.documents(number)
    _keep(person, number, {path: text for path, text in seen.edits.items() if now.get(path) != text})


def _keep(person: Actor, base: int, edits: Mapping[str, str | None]) -> None:
    draft = of(person)
    if not edits:
        discard(person)
        return
    if draft is None:
        draft = Draft(person_id=person.id, person_name=person.name)
        db.session.add(draft)
    draft.base, draft.edits, draft.updated_at = base, dict(edits), clock.now()
    db.session.flush()
