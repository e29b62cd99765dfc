"""The workflow step that tells another system and goes on when it has said yes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.extensions import db
from portal.records import Record
from portal.rules import actions
from portal.rules.actions import Action, Moment, StepFailed
from portal.rules.webhooks import outgoing
from portal.rules.webhooks.calls import WAITS, WebhookCall, queue
from portal.rules.workflows import WorkflowStep

LONGEST = timedelta(days=1)  # by then the last try is long over; a job somebody cancelled must not hang a run


class Webhook(Action):
    """Send the named fields of the record as JSON; nothing else leaves the house."""

    key = "webhook"
    label = _l("Webhook")
    icon = "world"

    def take(self, body: Any, step: WorkflowStep, moment: Moment) -> None:
        if step.state != "waiting" and not _was_sent_since(step):
            step.result = self.act(body, moment)
        call = db.session.get_one(WebhookCall, step.result["call"])
        if call.state == "queued" and (step.due_at is None or step.due_at > clock.now()):
            actions.hold(step, moment, (WAITS, call.id), step.due_at or clock.now() + LONGEST)
            return
        if call.state != "sent":
            raise StepFailed("webhook", host=outgoing.host_of(call.url), answer=call.answer or "–")
        actions.let_go(moment)
        step.state, step.result = "running", {**step.result, "answer": call.answer}

    def act(self, body: Any, moment: Moment) -> dict[str, Any]:
        try:
            outgoing.check(body.url)
        except outgoing.Refused:
            raise StepFailed("webhook_refused", host=outgoing.host_of(body.url)) from None
        run, record = moment.run, moment.record
        keys = {key: moment.current_key(key) for key in body.send}
        fields = record.entity.fields
        told = {then: fields[key].type.dump(record[key]) for then, key in keys.items()}
        about = {"workflow": run.workflow, "run": run.id, "entity": run.entity, "id": run.record_id}
        call = WebhookCall(run_id=run.id, url=body.url, body={**about, "fields": told}, state="queued", tries=0)
        db.session.add(call)
        db.session.flush()
        queue(call)
        return {"call": call.id, "host": outgoing.host_of(body.url)}

    def sentence(self, body: Any) -> str:
        told = {"host": outgoing.host_of(body.url), "fields": ", ".join(body.send) or "–"}
        return gettext("Tell %(host)s: %(fields)s", **told)

    def report(self, result: Mapping[str, Any], record: Record) -> str:
        return gettext("%(host)s answered %(answer)s", host=result["host"], answer=result.get("answer", "–"))


def _was_sent_since(step: WorkflowStep) -> bool:
    """Tell whether a person has sent the call again that had failed here, and it was taken."""
    call = db.session.get(WebhookCall, (step.result or {}).get("call", 0))
    return call is not None and call.state == "sent"
