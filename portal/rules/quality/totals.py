"""What the quality of data comes to in all: a row for each office, team and owner a day, so that a board is fast.

Counted over all records range by range, as a job; the last count of a day stays and is a point of the trend.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import JSON, Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock, jobs, schema
from portal.events import Event
from portal.extensions import Model, UtcDateTime, db, transaction
from portal.jobs import Work
from portal.records import reach, tables
from portal.rules.scope import ranges
from portal.schema import Entity
from portal.security import Actor, policy

JOB = "quality.count"
ANY = "@"  # stands before a dimension: records with any of its issues
KEPT = timedelta(days=400)  # of the trend
Group = tuple[int | None, int | None, int | None]  # office, team, owner
Counts = Counter[str]


class QualityTotal(Model):
    """The records of one owner on one day by one document: how many, their scores added, how many have which issue."""

    __tablename__ = "quality_total"
    __table_args__ = (Index("ix_quality_total_day", "quality", "day"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    quality: Mapped[str] = mapped_column(String(60))
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    office_id: Mapped[int | None]
    team_id: Mapped[int | None]
    owner_id: Mapped[int | None]
    records: Mapped[int]
    scores: Mapped[int]
    flawless: Mapped[int]
    issues: Mapped[dict[str, int]] = mapped_column(JSON)


@dataclass
class Line:
    """What some records come to."""

    office: int | None = None
    team: int | None = None
    owner: int | None = None
    records: int = 0
    scores: int = 0
    flawless: int = 0
    issues: Counts = field(default_factory=Counter)

    @property
    def score(self) -> int | None:
        """The mean score in per cent; None of no records."""
        return round(self.scores / self.records) if self.records else None

    @property
    def share(self) -> float | None:
        """The part without any issue, in per cent with one digit."""
        return round(100 * self.flawless / self.records, 1) if self.records else None

    def add(self, other: "Line | QualityTotal") -> None:
        """Take in what other records come to."""
        self.records += other.records
        self.scores += other.scores
        self.flawless += other.flawless
        self.issues.update(other.issues)


def ask(by: Actor | None = None) -> jobs.Job | None:
    """Have the totals counted now; None where no document asks for them."""
    if not schema.current().quality:
        return None
    return jobs.enqueue(JOB, {}, unique_key=JOB, by=by)


def hear(_event: Event) -> None:
    """Listen *with* the end of a search for duplicates that found some: the board would tell of them tomorrow only."""
    ask()


def count(work: Work | None = None) -> int:
    """Count all records by office, team and owner, and put today's rows in the place of those before: a job."""
    done = 0
    for noun in schema.current().quality.values():
        entity, table = schema.current().entities[noun.on], tables.table_of(noun.on)
        lines: dict[Group, Line] = {}
        for scope in ranges(table):
            for one in _lines(noun, entity, scope.where(table.c.id)):
                group = (one.office, one.team, one.owner)
                lines.setdefault(group, Line(*group)).add(one)
            done += scope.last - scope.first + 1
            if work:
                work.advance(done)
        with transaction():
            _replace(noun.key, lines.values())
    return done


def _replace(key: str, lines: Iterable[Line]) -> None:
    today, now = clock.today(), clock.now()
    over = sa.or_(QualityTotal.day == today, QualityTotal.day < today - KEPT)
    gone = sa.delete(QualityTotal).where(QualityTotal.quality == key, over)
    db.session.execute(gone.execution_options(synchronize_session=False))
    fixed: dict[str, Any] = {"quality": key, "day": today, "at": now}
    rows = [
        {
            **fixed,
            "office_id": line.office,
            "team_id": line.team,
            "owner_id": line.owner,
            "records": line.records,
            "scores": line.scores,
            "flawless": line.flawless,
            "issues": {key: number for key, number in line.issues.items() if number},
        }
        for line in lines
    ]
    if rows:
        db.session.execute(sa.insert(QualityTotal), rows)


def _lines(noun: Any, entity: Entity, *where: sa.ColumnElement[bool]) -> Iterator[Line]:
    """Count the records by one statement that reads each once."""
    table = tables.table_of(entity.key)
    score, issues = (tables.column(table, entity, key) for key in (noun.score, noun.issues))
    keys = [option for option, _label in entity.fields[noun.issues].type.choices() or ()]
    asked = {key: [key] for key in keys} | {f"{ANY}{name}": some for name, some in dimensions(noun, entity).items()}
    has = [sa.func.sum(sa.case((_has(entity, noun, some, issues), 1), else_=0)) for some in asked.values()]
    group = (table.c.office_id, table.c.team_id, table.c.owner_id)
    sums = (sa.func.count(), sa.func.sum(score), sa.func.sum(sa.case((issues.is_(None), 1), else_=0)))
    select: sa.Select[Any] = sa.select(*group, *sums, *has).where(table.c.archived_at.is_(None), *where)
    for row in db.session.execute(select.group_by(*group)):
        office, team, owner, records, scores, flawless, *numbers = row
        found: Counts = Counter(dict(zip(asked, (int(number or 0) for number in numbers), strict=True)))
        yield Line(office, team, owner, int(records), int(scores or 0), int(flawless or 0), found)


def dimensions(noun: Any, entity: Entity) -> dict[str, list[str]]:
    """Return the keys of the issues by dimension."""
    found: dict[str, list[str]] = {}
    for issue in noun.appraisal(entity).issues:
        found.setdefault(issue.dimension, []).append(issue.key)
    return found


def _has(entity: Entity, noun: Any, keys: Sequence[str], issues: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    asked = schema.conditions.parse({noun.issues: {"has_any": list(keys)}}, entity)
    return asked.where({noun.issues: issues}, clock.now())


def lines(noun: Any, person: Actor) -> tuple[Sequence[Line], datetime]:
    """Return what the records come to that the person may see, by office, team and owner, and as of when.

    Where the rows of a role are more than a scope, the records themselves are counted, now.
    """
    entity = tables.entity_of(noun.on)
    if not policy.is_by_scope(person, entity):
        return list(_lines(noun, entity, reach.rows(person, "view", entity))), clock.now()
    newest = sa.select(sa.func.max(QualityTotal.day)).where(QualityTotal.quality == noun.key).scalar_subquery()
    found = db.session.scalars(_seen(noun, person, entity).where(QualityTotal.day == newest)).all()
    at = max((one.at for one in found), default=clock.now())
    return [_line(one) for one in found], at


def trend(noun: Any, person: Actor, since: date) -> dict[date, Line]:
    """Return the totals day by day, without their issues; nothing where the rows of a role are more than a scope."""
    entity = tables.entity_of(noun.on)
    days: dict[date, Line] = {}
    if policy.is_by_scope(person, entity):
        sums = (sa.func.sum(one) for one in (QualityTotal.records, QualityTotal.scores, QualityTotal.flawless))
        asked = _seen(noun, person, entity).with_only_columns(QualityTotal.day, *sums)
        asked = asked.where(QualityTotal.day >= since).group_by(QualityTotal.day).order_by(QualityTotal.day)
        for day, *numbers in db.session.execute(asked):
            records, scores, flawless = map(int, numbers)
            days[day] = Line(records=records, scores=scores, flawless=flawless)
    return days


def _line(one: QualityTotal) -> Line:
    line = Line(one.office_id, one.team_id, one.owner_id)
    line.add(one)
    return line


def _seen(noun: Any, person: Actor, entity: Entity) -> "sa.Select[QualityTotal]":
    rows = policy.rows(person, "view", entity, db.metadata.tables[QualityTotal.__tablename__], tables.table_of)
    return sa.select(QualityTotal).where(QualityTotal.quality == noun.key, rows)
