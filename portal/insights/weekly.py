"""Reports that make themselves: what the release schedules, and the job that asks for one per reader."""

from datetime import datetime

import sqlalchemy as sa

from portal import clock, jobs
from portal.extensions import db, transaction
from portal.insights import lens, making
from portal.insights.lens import Subject, SubjectKind
from portal.insights.periods import Period
from portal.jobs import Work
from portal.schema import current
from portal.security import Person

KIND = "reports.scheduled"
PREFIX = "report:"


def plan(event: object = None) -> None:
    """After a release: make the schedule hold exactly what the reports of the release say."""
    wanted = {
        f"{PREFIX}{key}": (KIND, f"weekly {report.schedule.weekly[:3]} {report.schedule.at:%H:%M}", {"report": key})
        for key, report in current().reports.items()
        if report.schedule
    }
    jobs.schedules.replace(PREFIX, wanted)


def ask(work: Work) -> int:
    """Ask for the last full period once for every holder of the role; returns how many."""
    noun = current().reports.get(work.arguments["report"])
    if noun is None or noun.schedule is None:
        return 0
    due = datetime.fromisoformat(work.arguments["due"]) if "due" in work.arguments else clock.now()
    period = Period.last_full("week", clock.to_zone(due).date())
    with transaction():
        asked = [
            making.ask(noun.key, subject, period, person, mailed=True)
            for person in readers(noun.schedule.role)
            if (subject := subject_of(person, noun.schedule.for_)) is not None
        ]
    return len(asked)


def readers(role: str) -> list[Person]:
    """The active people who hold a role."""
    query = sa.select(Person).where(Person.active, Person.roles.any(role_key=role)).order_by(Person.id)
    return list(db.session.scalars(query))


def subject_of(person: Person, kind: SubjectKind) -> Subject | None:
    """The person, or the team or office the person is in."""
    own = {"person": person.id, "team": person.team_id, "office": person.office_id}[kind]
    return lens.subject(kind, own)
