"""The archive of reports: who had which made, about whom and when, and the file itself."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.errors import NotFound
from portal.extensions import Model, UtcDateTime, db
from portal.insights.periods import Period
from portal.security import Actor


class ReportFile(Model):
    """One finished report. It shows what its reader could see, so it is the reader's alone."""

    __tablename__ = "report_file"
    __table_args__ = (sa.Index("ix_report_file_reader", "person_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report: Mapped[str] = mapped_column(sa.String(60))
    title: Mapped[str] = mapped_column(sa.String(200))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    subject_kind: Mapped[str] = mapped_column(sa.String(10))
    subject_id: Mapped[int]
    subject_name: Mapped[str] = mapped_column(sa.String(120))
    start: Mapped[date]
    end: Mapped[date]
    locale: Mapped[str] = mapped_column(sa.String(5))
    file_id: Mapped[int]
    pages: Mapped[int]
    size: Mapped[int]
    job_id: Mapped[int | None] = mapped_column(index=True)
    is_scheduled: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)

    @property
    def name(self) -> str:
        """The name of the file when it is kept: report, subject, days."""
        return f"{self.title} {self.subject_name} {self.start:%Y%m%d}-{self.end:%Y%m%d}.pdf"


def of(person: Actor, before: int | None = None, limit: int = 20) -> list[ReportFile]:
    """The reports made for this person, the latest first; `before` is the id to go on from."""
    query = sa.select(ReportFile).where(ReportFile.person_id == person.id).order_by(ReportFile.id.desc())
    if before is not None:
        query = query.where(ReportFile.id < before)
    return list(db.session.scalars(query.limit(limit)))


def fetch(report_id: int, person: Actor) -> ReportFile:
    """The report if it was made for this person, else NotFound."""
    found = db.session.get(ReportFile, report_id)
    if found is None or found.person_id != person.id:
        raise NotFound
    return found


def of_job(job_id: int, person: Actor) -> ReportFile | None:
    """What the job made, once it has."""
    query = sa.select(ReportFile).where(ReportFile.job_id == job_id, ReportFile.person_id == person.id)
    return db.session.scalars(query).first()
