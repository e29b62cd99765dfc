"""The outbox of webhooks: a row for each, written with the step, delivered by a job that tries again."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock, jobs
from portal.extensions import Model, UtcDateTime, db, transaction
from portal.jobs import Work
from portal.rules.webhooks import keys, outgoing
from portal.rules.workflows import WorkflowRun, engine, runs
from portal.security import SYSTEM, crypto
from portal.vault import SealedJson

JOB = "workflows.webhook"
WAITS = "#webhook"
TRIES = 6
PAUSES = (1, 5, 15, 60, 240)  # minutes between the tries
KEPT = 500  # characters of an answer


class WebhookCall(Model):
    """One message to another system; `state` is queued, sent or failed.

    `status` and `reply` are what the other side said last; `next_at` is when a queued one is tried again.
    """

    __tablename__ = "webhook_call"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("workflow_run.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(String(2000))
    body: Mapped[dict[str, Any]] = mapped_column(SealedJson("webhook"))
    state: Mapped[str] = mapped_column(String(10), default="queued")
    tries: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(String(200), default="")
    status: Mapped[int | None]
    reply: Mapped[str] = mapped_column(String(KEPT), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def queue(call: WebhookCall) -> None:
    """Ask for a call to be delivered now."""
    jobs.enqueue(JOB, {"call": call.id})


def deliver(work: Work) -> str:
    """Deliver one call: a job. What fails is asked for again after a pause; the run hears of the end."""
    call = db.session.get(WebhookCall, work.arguments["call"])
    if call is None or call.state != "queued":
        return "nothing to do"
    id_, url, body = call.id, call.url, json.dumps(call.body, ensure_ascii=False).encode()
    said, text, is_over = None, "", True
    try:
        outgoing.check(url)
        with transaction():  # a first key is kept before anybody hears of it
            headers = keys.signed(outgoing.host_of(url), f"kehu-{id_}", body)
        db.session.rollback()  # nothing is locked while the other side thinks
        said = outgoing.post(url, body, {"Idempotency-Key": f"kehu-{id_}", **headers})
        text, is_over = f"HTTP {said.status}", said.is_yes
    except outgoing.Refused as refused:
        text = f"refused: {refused}"
    except crypto.Unreadable:
        text = "key unreadable"
    except outgoing.Failed as failed:
        text, is_over = str(failed), False
    db.session.rollback()
    with transaction():
        _note(id_, text, said, is_over=is_over)
    return text


def _note(id_: int, text: str, said: outgoing.Answer | None, *, is_over: bool) -> None:
    call = db.session.get_one(WebhookCall, id_, with_for_update=True, populate_existing=True)
    call.tries, call.answer = call.tries + 1, text[:200]
    call.status, call.reply = (said.status, said.text[:KEPT].replace("\x00", "")) if said else (None, "")
    if not is_over and call.tries < TRIES:
        call.next_at = clock.now() + timedelta(minutes=PAUSES[call.tries - 1])
        jobs.enqueue(JOB, {"call": id_}, not_before=call.next_at)
        return
    call.state = "sent" if said is not None and said.is_yes else "failed"
    call.next_at, call.ended_at = None, clock.now()
    engine.wake(WAITS, id_)
    if call.state == "sent":
        _resume(call)


def _resume(call: WebhookCall) -> None:
    """Let a run that stands still for this very call go on, for a person has sent it again."""
    run = db.session.get_one(WorkflowRun, call.run_id, with_for_update=True, populate_existing=True)
    failed = [step for step in run.steps if step.state == "failed" and step.result.get("call") == call.id]
    if run.state == "stuck" and run.reason == "webhook" and failed:
        runs.retry(run, SYSTEM)
