"""Seeing the portal as a role: an administrator puts the role on, looks, changes nothing, and takes it off."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value

from portal import audit, schema
from portal.errors import Forbidden, Invalid
from portal.extensions import db
from portal.security.models import Person, Team
from portal.security.policy.rights import may

ABILITY = "people.manage"
Worn = dict[str, Any]


def put_on(person: Person, role_key: str, team_id: int | None = None) -> Worn:
    """Begin to look as a holder of the role, in a team or in the person's own place; what the session keeps.

    Raises Forbidden for whoever may not keep people, and Invalid for a role or team there is not.
    """
    if not may(person, ABILITY):
        raise Forbidden()
    if role_key not in schema.current().roles:
        raise Invalid({"role": role_key})
    if team_id is not None and db.session.get(Team, team_id) is None:
        raise Invalid({"team_id": team_id})
    audit.record("person.disguised", by=person, entity="person", record_id=person.id, data={"role": role_key})
    return {"role": role_key, "team": team_id}


def wear(person: Person, worn: Worn | None) -> None:
    """Let the person be seen with the role for this request; one who may no longer do so stays as they are."""
    if not worn or worn.get("role") not in schema.current().roles or not may(person, ABILITY):
        return
    person.seen_as = str(worn["role"])
    team = db.session.get(Team, worn["team"]) if worn.get("team") else None
    if team is not None:  # committed values: nothing of this is ever written
        set_committed_value(person, "team_id", team.id)
        set_committed_value(person, "office_id", team.office_id)


def take_off(person: Person) -> None:
    """Be oneself again."""
    role, person.seen_as = person.seen_as, ""
    audit.record("person.undisguised", by=person, entity="person", record_id=person.id, data={"role": role})


@contextmanager
def worn(person: Person, role_key: str, team_id: int | None = None) -> Iterator[bool]:
    """Look with a role for a moment within one request; says whether the person may, else nothing is put on."""
    before = (person.seen_as, person.team_id, person.office_id)
    if role_key:
        wear(person, {"role": role_key, "team": team_id})
    try:
        yield person.seen_as == role_key
    finally:
        person.seen_as = before[0]
        set_committed_value(person, "team_id", before[1])
        set_committed_value(person, "office_id", before[2])
