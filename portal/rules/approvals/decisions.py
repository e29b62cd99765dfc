"""Decide, or hand the decision to somebody else: one lock, so of two who decide at once the second sees the first."""

from flask_babel import lazy_gettext as _l

from portal import audit, clock
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.extensions import db
from portal.records import fetch
from portal.rules.approvals import matters, seating
from portal.rules.approvals.models import WAITS, Approval, ApprovalSeat
from portal.rules.workflows import WorkflowRun, engine
from portal.security import SYSTEM, Person

MOST = 2000  # characters of a comment


def decide(approval_id: int, person: Person, *, is_yes: bool, comment: str) -> Approval:
    """Approve or reject; raises Conflict when it is decided or withdrawn, Forbidden without a seat, Invalid."""
    approval, seat = _seat_of(approval_id, person)
    comment = comment.strip()[:MOST]
    if not is_yes and not comment:
        raise Invalid({"comment": _l("Say why you reject.")})
    seat.decision, seat.comment, seat.decided_at = "approved" if is_yes else "rejected", comment, clock.now()
    if not is_yes:
        seating.close(approval, "rejected")
    elif approval.run_id is None:
        seating.close(approval, "approved")
    elif _is_carried(approval):
        seating.lapse(approval)  # at once, so that nobody contradicts before the run goes on
    _account(f"approval.{seat.decision}", approval, person)
    if approval.run_id is None:
        matters.settle(approval, person, comment)
    else:
        engine.wake(WAITS, approval.id)
    return approval


def delegate(approval_id: int, person: Person, to: Person | None, comment: str) -> Approval:
    """Give the own seat to somebody else; raises Invalid for who cannot sit there, and what `decide` raises."""
    approval, seat = _seat_of(approval_id, person)
    _check_delegate(approval, to)
    assert to is not None
    seat.decision, seat.comment, seat.decided_at = "delegated", comment.strip()[:MOST], clock.now()
    approval.seats.append(ApprovalSeat(level=approval.level, person_id=to.id, from_id=person.id))
    if approval.record_id is None:
        matters.tell(approval, to)
    else:
        seating.tell(approval, to, fetch(approval.entity, approval.record_id, SYSTEM))
    _account("approval.delegated", approval, person, to=to.id)
    return approval


def _seat_of(approval_id: int, person: Person) -> tuple[Approval, ApprovalSeat]:
    approval = db.session.get(Approval, approval_id, with_for_update=True, populate_existing=True)
    if approval is None:
        raise NotFound
    mine = [one for one in approval.seats if one.person_id == person.id]
    if not mine:
        raise Forbidden
    open_ = [one for one in seating.waiting(approval) if one.person_id == person.id]
    if not open_ or not is_awaited(approval):
        raise Conflict
    return approval, open_[0]


def _is_carried(approval: Approval) -> bool:
    run = db.session.get_one(WorkflowRun, approval.run_id)
    instruction = engine.program_of(run).get(approval.path)
    return instruction is not None and seating.is_carried(approval, instruction.body)


def is_awaited(approval: Approval) -> bool:
    """Tell whether the run still waits for the decision."""
    if approval.run_id is None:
        return approval.state == "open"
    run = db.session.get_one(WorkflowRun, approval.run_id)
    waits = run.state in ("waiting", "running") and (run.waits_entity, run.waits_id) == (WAITS, approval.id)
    return approval.state == "open" and waits


def _check_delegate(approval: Approval, to: Person | None) -> None:
    if to is None or not to.active:
        raise Invalid({"to": _l("Choose a person.")})
    if to.id == approval.asked_by_id:
        raise Invalid({"to": _l("Nobody decides on their own request.")})
    if any(one.person_id == to.id for one in seating.waiting(approval)):
        raise Invalid({"to": _l("This person is asked already.")})
    if approval.record_id is None:
        if not matters.may_decide(to):
            raise Invalid({"to": _l("This person may not decide on such requests.")})
        return
    try:
        fetch(approval.entity, approval.record_id, to)
    except (NotFound, Forbidden):
        raise Invalid({"to": _l("This person may not see the record.")}) from None


def _account(action: str, approval: Approval, by: Person, **data: object) -> None:
    told = {"approval": approval.id, "run": approval.run_id, "level": approval.level, **data}
    audit.record(action, by=by, entity=approval.entity, record_id=approval.record_id, data=told)
