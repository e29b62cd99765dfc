"""Who is meant by `owner`, `creator`, `lead` or a role's key, seen from a record."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from portal import schema
from portal.extensions import db
from portal.records import Record
from portal.security import Person, Team, offices


def people_for(word: str, record: Record) -> Sequence[Person]:
    """Return the active people a word means; of a role those nearest to the record: team, office, offices above."""
    match word:
        case "owner":
            return _active([record["owner"]])
        case "creator":
            return _active([record["created_by"]])
        case "lead":
            team = db.session.get(Team, record["team"] or 0)
            return _active([team.lead_id if team else None])
    return _nearest([word], record)


def able(ability: str, record: Record) -> Sequence[Person]:
    """Return the active people whose role names an ability, those nearest to the record."""
    roles = [key for key, role in schema.current().roles.items() if ability in role.may]
    return _nearest(roles, record)


def _active(ids: Sequence[int | None]) -> Sequence[Person]:
    found = [db.session.get(Person, id_) for id_ in ids if id_ is not None]
    return [person for person in found if person is not None and person.active]


def _nearest(roles: Collection[str], record: Record) -> Sequence[Person]:
    holds = sa.or_(sa.false(), *(Person.roles.any(role_key=role) for role in roles))
    holders = sa.select(Person).where(Person.active, holds).order_by(Person.id)
    people = db.session.scalars(holders).unique().all()
    lead = db.session.scalar(sa.select(Team.lead_id).where(Team.id == record["team"]))
    circles = [[person for person in people if person.id == lead]]
    way = offices.way_up(record["office"])
    circles += [[person for person in people if person.office_id == office] for office in way]
    return next((circle for circle in circles if circle), people)
