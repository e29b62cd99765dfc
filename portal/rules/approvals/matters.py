"""Requests that no workflow asks: what is wanted goes on, or not, by what somebody else decides."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale, gettext

from portal import audit, clock, mail, schema
from portal.errors import Invalid
from portal.extensions import db
from portal.fields import Text
from portal.rules.approvals.models import Approval, ApprovalSeat
from portal.security import Person, offices, policy
from portal.translations import LOCALES

ABILITY = "bulk.approve"
MOST_SEATS = 20
LEAST_REASON = 4
Said = Callable[[], str]


@dataclass(frozen=True)
class Matter:
    """A kind of request: `go` does what was asked, in the name of who asked, and gives the address where it shows."""

    key: str
    go: Callable[[Approval, Person], str]


@dataclass(frozen=True)
class Wish:
    """What somebody wants to be done, and why; `asked` is what it takes to do it.

    Title and facts are functions, for they are kept in both languages.
    """

    entity: str
    title: Said
    facts: Sequence[tuple[Said, Said]]
    asked: Mapping[str, Any]
    reason: str


MATTERS: dict[str, Matter] = {}


def register(matter: Matter) -> None:
    """Name one more kind of request; for the wiring."""
    MATTERS[matter.key] = matter


def ask(matter: str, wish: Wish, by: Person) -> Approval:
    """Ask those near to the person who may decide; raises Invalid without a reason, or where there is nobody."""
    reason = wish.reason.strip()
    if len(reason) < LEAST_REASON:
        raise Invalid({"reason": gettext("Say in a few words what it is for.")})
    seated = approvers(by)
    if not seated:
        raise Invalid({"reason": gettext("Nobody may approve this. Ask an administrator to give somebody the right.")})
    why = (lambda: gettext("Why"), lambda: reason)
    approval = Approval(
        matter=matter,
        entity=wish.entity,
        title=_both(wish.title),
        facts=[[_both(name), _both(said)] for name, said in (*wish.facts, why)],
        asked=dict(wish.asked),
        asked_by_id=by.id,
        levels=1,
        level=0,
        state="open",
        asked_at=clock.now(),
        seats=[ApprovalSeat(level=0, person_id=person.id) for person in seated],
    )
    db.session.add(approval)
    db.session.flush()
    audit.record("approval.asked", by=by, entity=wish.entity, data={"approval": approval.id, "matter": matter})
    for person in seated:
        tell(approval, person)
    return approval


def tell(approval: Approval, person: Person) -> None:
    """Write a notice for somebody who may decide."""
    with force_locale(LOCALES[person.locale]):
        title = Text.model_validate(approval.title)
        mail.notify(person.id, gettext("Please decide: %(title)s", title=title), f"/approvals/{approval.id}")


def settle(approval: Approval, by: Person, comment: str) -> None:
    """Do what was approved, and tell who asked how it was decided; nothing for somebody who has left."""
    asker = db.session.get(Person, approval.asked_by_id) if approval.asked_by_id else None
    if asker is None or not asker.active:
        return
    is_yes = approval.state == "approved"
    link = MATTERS[approval.matter].go(approval, asker) if is_yes else f"/approvals/{approval.id}"
    with force_locale(LOCALES[asker.locale]):
        words = {"title": Text.model_validate(approval.title), "name": by.name, "comment": comment}
        said = gettext("%(name)s approved: %(title)s", **words)
        if not is_yes:
            said = gettext("%(name)s rejected: %(title)s (%(comment)s)", **words)
        mail.notify(asker.id, said, link)


def may_decide(person: Person) -> bool:
    """Whether somebody may decide on such requests at all."""
    return policy.may(person, ABILITY)


def approvers(by: Person) -> list[Person]:
    """Who may decide for a person: those of the nearest office on the way up, else all; never the person."""
    roles = [key for key, role in schema.current().roles.items() if ABILITY in role.may]
    holds = sa.or_(sa.false(), *(Person.roles.any(role_key=role) for role in roles))
    others = sa.select(Person).where(Person.active, Person.id != by.id, holds).order_by(Person.id)
    people = db.session.scalars(others).unique().all()
    for office in offices.way_up(by.office_id):
        if near := [person for person in people if person.office_id == office]:
            return near[:MOST_SEATS]
    return list(people[:MOST_SEATS])


def _both(said: Said) -> dict[str, str]:
    found = {}
    for language, locale in LOCALES.items():
        with force_locale(locale):
            found[language] = str(said())
    return found
