"""Remind owners of records that nobody has confirmed for long: one notice a person a day, in working hours.

What was said is a row for each person, document and day, written with the notice: who asks again finds it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale, gettext, ngettext
from sqlalchemy import Date, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock, mail, schema
from portal.extensions import Model, db, transaction
from portal.jobs import Work
from portal.rules import calendars
from portal.rules.quality.totals import QualityTotal
from portal.schema import appraisal
from portal.security import Person, Team
from portal.translations import LOCALES

STALE = appraisal.STALE
JOB = "quality.remind"
OWN, OTHERS = "owner", "manager"


class QualityReminder(Model):
    """That a person was told of stale records: of the own ones, or as the manager of those who were told in vain."""

    __tablename__ = "quality_reminder"
    __table_args__ = (UniqueConstraint("person_id", "quality", "as_", "day"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    quality: Mapped[str] = mapped_column(String(60))
    as_: Mapped[str] = mapped_column(String(10))
    day: Mapped[date] = mapped_column(Date)
    number: Mapped[int]


@dataclass
class Digest:
    """What one person is told today: own stale records and those of colleagues, by document."""

    own: dict[str, int] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)


def remind(work: Work | None = None) -> int:
    """Tell everybody who is due today; return how many are told. A job, asked for often, that works in work time."""
    if not calendars.named().is_open(clock.now()):
        return 0
    told, digests = 0, _due()
    for person_id in sorted(digests):
        with transaction():
            told += _tell(person_id, digests[person_id])
        if work:
            work.advance(told, len(digests))
    return told


def _due() -> dict[int, Digest]:
    found: dict[int, Digest] = {}
    for noun in schema.current().quality.values():
        rule = noun.timeliness.remind if noun.timeliness else None
        if rule is None:
            continue
        stale = _stale(noun)
        for owner, number in stale.items():
            if not _said(noun, owner, OWN, rule.every):
                found.setdefault(owner, Digest()).own[noun.key] = number
        in_vain = _in_vain(noun, rule, stale)
        for manager, number in _managers(rule, in_vain).items():
            if not _said(noun, manager, OTHERS, rule.every):
                found.setdefault(manager, Digest()).others[noun.key] += number
    return found


def _stale(noun: Any) -> dict[int, int]:
    """How many stale records each owner has, by the newest count."""
    newest = sa.select(sa.func.max(QualityTotal.day)).where(QualityTotal.quality == noun.key).scalar_subquery()
    rows = sa.select(QualityTotal).where(QualityTotal.quality == noun.key, QualityTotal.day == newest)
    found: Counter[int] = Counter()
    for one in db.session.scalars(rows):
        if one.owner_id is not None and one.issues.get(STALE):
            found[one.owner_id] += one.issues[STALE]
    return dict(found)


def _said(noun: Any, person_id: int, as_: str, every: timedelta) -> bool:
    """Whether the person was told within the time between two reminders, today above all."""
    mine = sa.and_(QualityReminder.person_id == person_id, QualityReminder.as_ == as_)
    lately = QualityReminder.day > clock.today() - every
    one = sa.select(QualityReminder.id).where(mine, QualityReminder.quality == noun.key, lately).limit(1)
    return db.session.scalar(one) is not None


def _in_vain(noun: Any, rule: Any, stale: Mapping[int, int]) -> dict[int, int]:
    """Of the owners those who were told so many times in a row, and still have stale records."""
    since = clock.today() - rule.every * (rule.manager_after + 1)
    times = (
        sa.select(QualityReminder.person_id, sa.func.count())
        .where(QualityReminder.quality == noun.key, QualityReminder.as_ == OWN, QualityReminder.day > since)
        .group_by(QualityReminder.person_id)
    )
    counts = dict(db.session.execute(times).all())
    return {owner: number for owner, number in stale.items() if counts.get(owner, 0) >= rule.manager_after}


def _managers(rule: Any, in_vain: Mapping[int, int]) -> Counter[int]:
    """Who is told of them: the lead of the owner's team, else the holders of the role in the owner's office."""
    found: Counter[int] = Counter()
    for owner in db.session.scalars(sa.select(Person).where(Person.id.in_(in_vain))):
        team = db.session.get(Team, owner.team_id) if owner.team_id is not None else None
        for person_id in [team.lead_id] if team and team.lead_id else _holders(rule.manager, owner.office_id):
            if person_id != owner.id:
                found[person_id] += in_vain[owner.id]
    return found


def _holders(role: str, office_id: int | None) -> Sequence[int]:
    holds = Person.roles.any(role_key=role)
    return db.session.scalars(sa.select(Person.id).where(Person.active, holds, Person.office_id == office_id)).all()


def _tell(person_id: int, digest: Digest) -> int:
    """Write the rows and one notice; nothing where another worker was faster or the person is gone."""
    person = db.session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None or not person.active:
        return 0
    today, keys = clock.today(), [(OWN, key, n) for key, n in digest.own.items()]
    keys += [(OTHERS, key, number) for key, number in digest.others.items()]
    mine = sa.select(QualityReminder.as_, QualityReminder.quality)
    there = set(
        db.session.execute(mine.where(QualityReminder.person_id == person_id, QualityReminder.day == today)).all()
    )
    new = [(as_, key, number) for as_, key, number in keys if (as_, key) not in there]
    for as_, key, number in new:
        db.session.add(QualityReminder(person_id=person_id, quality=key, as_=as_, day=today, number=number))
    if not new or there:  # one notice a day: what comes later waits for the next
        return 0
    with force_locale(LOCALES[person.locale]):
        text = gettext("; ").join(_line(*one) for one in new)
    as_, key, _number = new[0]
    mail.notify(person_id, text, f"/quality/{key}/mine?issue={STALE}" if as_ == OWN else f"/quality/{key}?by=owner")
    return 1


def _line(as_: str, key: str, number: int) -> str:
    noun = schema.current().quality[key]
    told = {"label": schema.current().entities[noun.on].plural}
    if as_ == OWN:
        return ngettext(
            "%(num)d of your records wants to be confirmed: %(label)s",
            "%(num)d of your records want to be confirmed: %(label)s",
            number,
            **told,
        )
    return ngettext(
        "%(num)d record of your people is still not confirmed after several reminders: %(label)s",
        "%(num)d records of your people are still not confirmed after several reminders: %(label)s",
        number,
        **told,
    )
