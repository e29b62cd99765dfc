"""What a person has changed and not published yet: drafts kept in the database, one of them in hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from portal import clock
from portal.audit import Actor
from portal.errors import NotFound
from portal.extensions import db
from portal.schema import merge, releases
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
    """Return the draft in the person's hand."""
    return db.session.scalar(sa.select(Draft).where(Draft.person_id == person.id, Draft.in_hand.is_(True)))


def all_of(person: Actor) -> Sequence[Draft]:
    """Return all drafts of the person, the one begun first first."""
    return db.session.scalars(sa.select(Draft).where(Draft.person_id == person.id).order_by(Draft.id)).all()


def begin(person: Actor, name: str) -> Draft:
    """Take a new draft in hand; the others keep what they hold."""
    _put_down(person)
    draft = Draft(person_id=person.id, person_name=person.name, name=name[:80], in_hand=True, edits={})
    draft.base, draft.updated_at = releases.current_number(), clock.now()
    db.session.add(draft)
    db.session.flush()
    return draft


def take(person: Actor, draft_id: int) -> Draft:
    """Take another draft of one's own in hand; raises NotFound."""
    draft = db.session.get(Draft, draft_id)
    if draft is None or draft.person_id != person.id:
        raise NotFound()
    _put_down(person)
    draft.in_hand = True
    db.session.flush()
    return draft


def _put_down(person: Actor) -> None:
    db.session.execute(sa.update(Draft).where(Draft.person_id == person.id).values(in_hand=False))


def touching(person: Actor, path: str) -> list[Draft]:
    """Return the drafts of others that change the same document."""
    return [draft for draft in of_others(person) if path in draft.edits]


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
    """Throw the draft in hand away; the next of the person's own comes into the hand."""
    if (draft := of(person)) is not None:
        _remove(draft)


def settle(draft_id: int, published: Mapping[str, str | None]) -> None:
    """Take out of a draft the edits that were published; an empty one goes, and the next one comes into the hand."""
    draft = db.session.get(Draft, draft_id)
    if draft is None:
        return
    rest = {path: text for path, text in draft.edits.items() if path not in published or published[path] != text}
    if rest:
        draft.edits = rest
        return
    _remove(draft)


def _remove(draft: Draft) -> None:
    db.session.delete(draft)
    db.session.flush()
    left = db.session.scalars(sa.select(Draft).where(Draft.person_id == draft.person_id).order_by(Draft.id)).all()
    if draft.in_hand and left:
        left[-1].in_hand = True
        db.session.flush()


def clashes(person: Actor) -> dict[str, list[merge.Hunk]]:
    """Return path → hunks of the documents that both the draft and the releases since its base changed."""
    seen, now = workspace(person), releases.documents(releases.current_number())
    return {
        path: merge.hunks(seen.published.get(path) or "", text or "", now.get(path) or "")
        for path, text in seen.edits.items()
        if now.get(path) != seen.published.get(path) and now.get(path) != text
    }


def move(person: Actor, sides: Mapping[str, Sequence[merge.Side]] | None = None) -> None:
    """Put the edits on top of the release in force, brought together with what it changed.

    `sides` answers the conflicts of each document in their order; where nothing is said, mine is kept.
    """
    seen, number = workspace(person), releases.current_number()
    now, edits = releases.documents(number), dict(seen.edits)
    for path, hunks in clashes(person).items():
        edits[path] = merge.merged(hunks, (sides or {}).get(path, ())) or None
    _keep(person, number, {path: text for path, text in edits.items() if now.get(path) != text})


def _keep(person: Actor, base: int, edits: Mapping[str, str | None]) -> None:
    draft = of(person)
    if not edits and (draft is None or not draft.name):
        discard(person)
        return
    if draft is None:
        draft = Draft(person_id=person.id, person_name=person.name, name="", in_hand=True)
        db.session.add(draft)
    draft.base, draft.edits, draft.updated_at = base, dict(edits), clock.now()
    db.session.flush()
