"""The workflow step that asks people to approve and waits for what they decide."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.extensions import db
from portal.records import Record
from portal.rules import actions
from portal.rules.actions import Action, Moment, StepFailed
from portal.rules.approvals import seating
from portal.rules.approvals.models import WAITS, Approval, ApprovalSeat
from portal.rules.words import addressee_text, span_text
from portal.rules.workflows import WorkflowStep


class Approve(Action):
    """Ask level after level; the run goes on with `then` when all have approved, with `else` otherwise."""

    key = "approval"
    label = _l("Approval")
    icon = "user-check"

    def take(self, body: Any, step: WorkflowStep, moment: Moment) -> None:
        approval = _open(moment) or _ask(body, moment)
        if step.state != "waiting":
            _seat(approval, body, moment)
        elif approval.state == "open" and approval.due_at is not None and approval.due_at <= clock.now():
            _be_late(approval, body, moment)
        while approval.state == "open" and seating.is_carried(approval, body):
            _rise(approval, body, moment)
        step.result = {"approval": approval.id, "state": approval.state}
        if approval.state == "open":
            actions.hold(step, moment, (WAITS, approval.id), approval.due_at)
        else:
            actions.let_go(moment)
            step.state = "running"
            step.result |= {"outcome": "then" if approval.state == "approved" else "else"}

    def act(self, body: Any, moment: Moment) -> dict[str, Any]:
        raise NotImplementedError  # an approval never acts at once

    def sentence(self, body: Any) -> str:
        levels = [_level_text(level) for level in body.levels]
        return gettext("“%(title)s”: %(levels)s", title=body.title, levels=" → ".join(levels))

    def report(self, result: Mapping[str, Any], record: Record) -> str:
        words = {"approved": gettext("Approved"), "rejected": gettext("Rejected")}
        return words.get(result.get("state", ""), gettext("Waits for a decision"))


def _level_text(level: Any) -> str:
    who = addressee_text(level.to)
    if not level.within:
        return who
    return gettext("%(who)s within %(span)s", who=who, span=span_text(level.within))


def _open(moment: Moment) -> Approval | None:
    """Return the approval this run asked for at this step, decided or not."""
    mine = sa.select(Approval).where(Approval.run_id == moment.run.id, Approval.path == moment.run.at)
    return db.session.scalar(mine.order_by(Approval.id.desc()).limit(1).with_for_update())


def _ask(body: Any, moment: Moment) -> Approval:
    run, record = moment.run, moment.record
    approval = Approval(
        run_id=run.id,
        path=run.at,
        entity=run.entity,
        record_id=run.record_id,
        title=body.title.model_dump(),
        asked_by_id=run.by_id if run.by_id is not None else record["owner"],
        levels=len(body.levels),
        level=0,
        state="open",
        asked_at=clock.now(),
    )
    db.session.add(approval)
    db.session.flush()
    return approval


def _seat(approval: Approval, body: Any, moment: Moment) -> None:
    """Begin a level, or ask again after the run stood still."""
    if approval.state == "open" and not seating.open_level(approval, body, moment.record, moment.catalog):
        raise StepFailed("no_approver", word=body.levels[approval.level].to)


def _rise(approval: Approval, body: Any, moment: Moment) -> None:
    seating.lapse(approval)
    if approval.level + 1 >= len(body.levels):
        seating.close(approval, "approved")
        return
    approval.level += 1
    _seat(approval, body, moment)


def _be_late(approval: Approval, body: Any, moment: Moment) -> None:
    """Do what the level says when nobody decides in time; the history tells that nobody did."""
    level = body.levels[approval.level]
    late = ApprovalSeat(level=approval.level, decision="late", asked_at=clock.now(), decided_at=clock.now())
    if level.late == "escalate" and approval.is_late:
        raise StepFailed("approval_late")
    approval.seats.append(late)
    if level.late == "escalate":
        if not seating.escalate(approval, body, moment.record, moment.catalog):
            raise StepFailed("no_approver", word=level.escalate_to)
    elif level.late == "reject":
        seating.close(approval, "rejected")
    else:
        _rise(approval, body, moment)
