"""The outbox of webhooks: a row for each, written with the step, delivered by a job that tries again."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock, jobs
from portal.extensions import Model, UtcDateTime, db, transaction
from portal.jobs import Work
from portal.rules.webhooks import outgoing
from portal.rules.workflows import engine

JOB = "workflows.webhook"
WAITS = "#webhook"
TRIES = 6
PAUSES = (1, 5, 15, 60, 240)  # minutes between the tries


class WebhookCall(Model):
    """One message to another system; `state` is queued, sent or failed."""

    __tablename__ = "webhook_call"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("workflow_run.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(String(2000))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    tries: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def queue(call: WebhookCall) -> None:
    """Ask for a call to be delivered now."""
    jobs.enqueue(JOB, {"call": call.id})


def deliver(work: Work) -> str:
    """Deliver one call: a job. What fails is asked for again after a pause; the run hears of the end."""
    call = db.session.get(WebhookCall, work.arguments["call"])
    if call is None or call.state != "queued":
        return "nothing to do"
    id_, url, body = call.id, call.url, call.body
    db.session.rollback()  # nothing is locked while the other side thinks
    try:
        answer, is_over, state = f"HTTP {outgoing.post(url, body, f'kehu-{id_}')}", True, "sent"
    except outgoing.Refused as refused:
        answer, is_over, state = f"refused: {refused}", True, "failed"
    except outgoing.Failed as failed:
        answer, is_over, state = str(failed), False, "failed"
    with transaction():
        _note(id_, answer, state, is_over=is_over)
    return answer


def _note(id_: int, answer: str, state: str, *, is_over: bool) -> None:
    call = db.session.get_one(WebhookCall, id_, with_for_update=True, populate_existing=True)
    call.tries, call.answer = call.tries + 1, answer[:200]
    if not is_over and call.tries < TRIES:
        pause = timedelta(minutes=PAUSES[call.tries - 1])
        jobs.enqueue(JOB, {"call": id_}, not_before=clock.now() + pause)
        return
    call.state, call.ended_at = state, clock.now()
    engine.wake(WAITS, id_)
