"""Look at what webhooks have told whom, and tell one again by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal import audit
from portal.errors import Conflict, NotFound
from portal.extensions import db
from portal.rules.webhooks.calls import WebhookCall, queue
from portal.rules.workflows import WorkflowRun, runs
from portal.security import Actor

LIMIT = 50
Row = tuple[WebhookCall, WorkflowRun]


def listed(person: Actor, state: str = "", before: int | None = None) -> Sequence[Row]:
    """Return calls about records the person may see, newest first, one more than a page holds when there are more."""
    rows = _visible(person).order_by(WebhookCall.id.desc()).limit(LIMIT + 1)
    if state:
        rows = rows.where(WebhookCall.state == state)
    if before:
        rows = rows.where(WebhookCall.id < before)
    return [(row[0], row[1]) for row in db.session.execute(rows)]


def numbers(person: Actor) -> dict[str, int]:
    """Return state → number of calls about records the person may see."""
    found = _visible(person).with_only_columns(WebhookCall.state, sa.func.count()).group_by(WebhookCall.state)
    return {row[0]: row[1] for row in db.session.execute(found)}


def one(call_id: int, person: Actor) -> Row:
    """Return one call with its run; raises NotFound."""
    row = db.session.execute(_visible(person).where(WebhookCall.id == call_id)).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _visible(person: Actor) -> sa.Select[Any]:
    joined: Any = sa.select(WebhookCall, WorkflowRun).join(WorkflowRun, WorkflowRun.id == WebhookCall.run_id)
    visible: sa.Select[Any] = joined.where(runs.visible(person))
    return visible


def over(since: datetime) -> sa.ColumnElement[bool]:
    """The calls that ended before a moment, but for those a run stands still for."""
    stands = sa.exists().where(WorkflowRun.id == WebhookCall.run_id, WorkflowRun.state == "stuck")
    return sa.and_(WebhookCall.state != "queued", WebhookCall.ended_at < since, ~stands)


def send_again(call_id: int, person: Actor) -> None:
    """Deliver an ended call once more, under the same id; raises Conflict while it is still being tried.

    A run that stands still for it goes on once the call is taken; nobody is told twice.
    """
    call, run = one(call_id, person)
    if call.state == "queued":
        raise Conflict
    call.state, call.tries, call.ended_at = "queued", 0, None
    audit.record("webhook.sent_again", by=person, entity=run.entity, record_id=run.record_id, data={"call": call.id})
    queue(call)
