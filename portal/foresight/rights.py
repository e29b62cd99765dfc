"""Permissions gained and lost: the role matrix of a draft against the one in force."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.fields import Text
from portal.schema import Catalog

SCOPES = ("none", "own", "team", "office", "all")
ACCESS = ("hide", "mask", "read", "write")
NOBODY: Mapping[str, tuple[Catalog, Catalog]] = {}
ACTIONS = ("view", "create", "edit", "archive", "export")


@dataclass(frozen=True)
class Difference:
    """One cell of the matrix: `what` is an ability, `entity action` or `entity.field`."""

    role: Text
    what: str
    before: str
    after: str
    gained: bool
    office: str = ""  # the key of the office where it is so, where it is not so everywhere


def rights(old: Catalog, new: Catalog, offices: Mapping[str, tuple[Catalog, Catalog]] = NOBODY) -> list[Difference]:
    """Return every permission that a role gains or loses, and beyond these what changes in single offices.

    A condition that changes counts as lost.
    """
    found: list[Difference] = []
    for key in sorted({*old.roles, *new.roles}):
        found += _role(old.roles.get(key), new.roles.get(key))
    for office, (before, after) in sorted(offices.items()):
        found += [replace(one, office=office) for one in rights(before, after) if one not in found]
    return found


def _role(old: Any, new: Any) -> Iterator[Difference]:
    label = (new or old).label
    before, after = _may(old), _may(new)
    for ability in sorted(before ^ after):
        is_gained = ability in after
        yield Difference(label, ability, "" if is_gained else "✓", "✓" if is_gained else "", is_gained)
    for entity in sorted({*_of(old, "entities"), *_of(new, "entities")}):
        mine, theirs = _of(old, "entities").get(entity), _of(new, "entities").get(entity)
        for action in ACTIONS:
            yield from _scope(label, f"{entity} {action}", _reach(mine, action), _reach(theirs, action))
        held, due = _rows(mine), _rows(theirs)
        if mine and theirs and held != due:
            yield Difference(label, f"{entity} when", held, due, not due)
    for path in sorted({*_of(old, "fields"), *_of(new, "fields")}):
        yield from _field(label, path, _of(old, "fields").get(path), _of(new, "fields").get(path))


def _may(role: Any) -> set[str]:
    return set(role.may) if role else set()


def _of(role: Any, part: str) -> dict[str, Any]:
    return dict(getattr(role, part)) if role else {}


def _reach(grant: Any, action: str) -> str:
    value = getattr(grant, action) if grant else "none"
    return value if isinstance(value, str) else "all" if value else "none"


def _rows(grant: Any) -> str:
    return grant.when.sentence() if grant and grant.when else ""


def _scope(label: Text, what: str, before: str, after: str) -> Iterator[Difference]:
    if before != after:
        yield Difference(label, what, before, after, SCOPES.index(after) > SCOPES.index(before))


def _field(label: Text, path: str, before: str | None, after: str | None) -> Iterator[Difference]:
    """A field that is not named is read and written as its entity allows."""
    if before != after:
        places = [ACCESS.index(word) if word else len(ACCESS) for word in (before, after)]
        yield Difference(label, path, before or "", after or "", places[1] > places[0])
