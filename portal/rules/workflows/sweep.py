"""Find the runs that nothing would ever take forward again, and leave none of them standing without a word."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale, gettext

from portal import clock, mail, schema
from portal.events import Event
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.mail import Notice
from portal.records import fetch, tables
from portal.rules.actions import reason_text
from portal.rules.addressees import able
from portal.rules.workflows.engine import drain, stop
from portal.rules.workflows.models import WorkflowRun
from portal.security import SYSTEM, offices
from portal.translations import LOCALES

JOB = "workflows.sweep"
LATE = timedelta(hours=1)  # a run that is due for so long, while the queue is being worked, was forgotten
ABILITY = "jobs.manage"
BATCH = 500
WAITS_OF_ITS_OWN = ("#approval", "#webhook")
"""What a run may wait for that is no record: the names cannot be keys of entities."""


def sweep(work: Work | None = None) -> int:
    """Take what is due, then stop with a reason what still hangs; return how many runs were stopped. A job."""
    _wake_forgotten()
    drain(work)
    stopped = 0
    for reason, where in (("overdue", _overdue()), ("nothing_due", _aimless())):
        while number := _stop_some(reason, where):
            stopped += number
    return stopped


def _wake_forgotten() -> None:
    """Let runs look again whose awaited record is gone: the news of it may have been missed."""
    with transaction():
        forgotten = sa.update(WorkflowRun).where(_waits_for_gone()).values(state="running", due_at=clock.now())
        db.session.execute(forgotten, execution_options={"synchronize_session": False})


def _stop_some(reason: str, where: sa.ColumnElement[bool]) -> int:
    hanging = sa.select(WorkflowRun).where(where).order_by(WorkflowRun.id).limit(BATCH)
    with transaction():
        found = db.session.scalars(hanging.with_for_update(skip_locked=True)).all()
        for run in found:
            stop(run, reason)
    return len(found)


def _overdue() -> sa.ColumnElement[bool]:
    run = WorkflowRun
    return sa.and_(run.state.in_(("running", "waiting")), run.due_at < clock.now() - LATE)


def _aimless() -> sa.ColumnElement[bool]:
    """Runs that are open, but wait for no moment and for no record."""
    run = WorkflowRun
    return sa.and_(run.state.in_(("running", "waiting")), run.due_at.is_(None), run.waits_id.is_(None))


def _waits_for_gone() -> sa.ColumnElement[bool]:
    """Runs that wait without an end for a record that was archived, or for a kind of records that is no more."""
    run, entities = WorkflowRun, schema.current().entities
    gone: list[sa.ColumnElement[bool]] = []
    for key in entities:
        table = tables.table_of(key)
        here = sa.exists().where(table.c.id == run.waits_id, table.c.archived_at.is_(None))
        gone.append(sa.and_(run.waits_entity == key, ~here))
    gone.append(run.waits_entity.not_in([*entities, *WAITS_OF_ITS_OWN]))
    return sa.and_(run.state == "waiting", run.due_at.is_(None), run.waits_id.is_not(None), sa.or_(*gone))


def tell(event: Event) -> None:
    """Listen *after* a run was stopped: tell those who can set it going again, once until they have looked."""
    run = db.session.get(WorkflowRun, event.data["run"])
    if run is None or run.state != "stuck" or run.entity not in schema.current().entities:
        return
    link = f"/workflows/stuck?workflow={run.workflow}"
    for person in able(ABILITY, fetch(run.entity, run.record_id, SYSTEM)):
        waits = sa.select(Notice.id).where(Notice.person_id == person.id, Notice.link == link, Notice.read_at.is_(None))
        if db.session.scalar(waits.limit(1)) is None:
            with force_locale(LOCALES[person.locale]):
                mail.notify(person.id, _text(run, offices.catalog_of(person.office_id)), link)


def _text(run: WorkflowRun, catalog: schema.Catalog) -> str:
    noun: Any = catalog.workflows.get(run.workflow)
    reason = reason_text(run.reason, run.reason_data)
    return gettext("“%(name)s” stands still: %(reason)s", name=noun.label if noun else run.workflow, reason=reason)
