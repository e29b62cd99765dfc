"""Undoing a whole import, updates included: a job that goes from the last batch back to the first."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal import audit, clock, jobs, records
from portal.errors import Conflict
from portal.extensions import db, transaction
from portal.integrations.models import CAUSE, DONE, RUNNING, UNDOING, UNDONE, Import, ImportBatch, KeptRecord
from portal.jobs import Job, Work
from portal.security import Actor, Person

KIND = "imports.undo"
OUTCOMES = ("archived", "restored", "kept")


def is_possible(plan: Import) -> bool:
    """Whether it ended or was stopped, and was not undone yet; one that still runs is cancelled first."""
    if plan.state == DONE:
        return True
    job = db.session.get(Job, plan.job_id) if plan.state == RUNNING and plan.job_id else None
    return job is not None and job.has_ended


def start(plan: Import, by: Actor) -> None:
    """Have the import undone by a job; raises Conflict when it moves or was undone before."""
    with transaction():
        plan = db.session.get_one(Import, plan.id, with_for_update=True, populate_existing=True)
        if plan.job_id:  # whoever asks for another run of it waits, and then finds it undone
            db.session.get(Job, plan.job_id, with_for_update=True, populate_existing=True)
        if not is_possible(plan):
            raise Conflict(gettext("This import cannot be undone now: it is at work, or was undone already."))
        plan.state, plan.undone = UNDOING, {}
        plan.job_id = jobs.enqueue(KIND, {"import_id": plan.id, "by_id": by.id}, by=by).id


def run(work: Work) -> dict[str, int]:
    """Take back batch by batch; killed, it goes on before the last batch that was committed."""
    plan = db.session.get_one(Import, work.arguments["import_id"])
    by = db.session.get_one(Person, work.arguments["by_id"])
    plan_id, entity_key = plan.id, plan.entity
    cause = records.reversal.Cause(CAUSE, plan_id, plan.created_at)
    sums: Counter[str] = Counter(work.checkpoint.get("sums", {}))
    work.advance(total=_touched(plan_id))
    for first_row, ids in _batches(plan_id, work.checkpoint.get("row")):
        with transaction():
            found = records.reversal.take_back(entity_key, ids, cause, by=by)
            for id_, kept in found.kept.items():
                db.session.merge(KeptRecord(import_id=plan_id, record_id=id_, **vars(kept)))
            sums += Counter(archived=len(found.archived), restored=len(found.restored), kept=len(found.kept))
            work.advance(done=sum(sums.values()), checkpoint={"row": first_row, "sums": dict(sums)})
    plan = db.session.get_one(Import, plan_id)
    plan.state, plan.ended_at = UNDONE, clock.now()
    plan.undone = {outcome: sums[outcome] for outcome in OUTCOMES}
    audit.record("import.undone", by=by, entity=entity_key, data={**plan.undone, "import": plan_id})
    return dict(plan.undone)  # committed with the end of the job


def kept(plan: Import, limit: int | None = None) -> Iterator[KeptRecord]:
    """The records that were left as they are."""
    select = sa.select(KeptRecord).where(KeptRecord.import_id == plan.id).order_by(KeptRecord.record_id).limit(limit)
    yield from db.session.scalars(select, execution_options={"yield_per": 500})


def _touched(plan_id: int) -> int:
    counted = sa.select(sa.func.coalesce(sa.func.sum(ImportBatch.created + ImportBatch.updated), 0))
    return db.session.scalar(counted.where(ImportBatch.import_id == plan_id)) or 0


def _batches(plan_id: int, before: int | None) -> Iterator[tuple[int, list[Any]]]:
    """The batches of the import below that row, the last one first: what came later may point at what came earlier."""
    columns = (ImportBatch.first_row, ImportBatch.created_ids, ImportBatch.updated_ids)
    while True:
        select = sa.select(*columns).where(ImportBatch.import_id == plan_id)
        if before is not None:
            select = select.where(ImportBatch.first_row < before)
        batch = db.session.execute(select.order_by(ImportBatch.first_row.desc()).limit(1)).first()
        if batch is None:
            return
        before, created, updated = batch
        yield batch.first_row, [*created, *updated]
