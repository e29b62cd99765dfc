"""Give the people of a level their seats and tell them; see whether a level is decided."""

from collections.abc import Sequence
from typing import Any

from flask_babel import force_locale, gettext

from portal import clock, mail
from portal.fields import Text
from portal.records import Record
from portal.rules import calendars, spans
from portal.rules.addressees import people_for
from portal.rules.approvals.models import Approval, ApprovalSeat
from portal.schema import Catalog
from portal.security import Person
from portal.translations import LOCALES


def open_level(approval: Approval, body: Any, record: Record, catalog: Catalog) -> bool:
    """Seat the people of the present level and set its time; tells whether anybody sits there."""
    level = body.levels[approval.level]
    approval.is_late, approval.due_at = False, _due(level, catalog)
    return seat(approval, body, level.to, record)


def escalate(approval: Approval, body: Any, record: Record, catalog: Catalog) -> bool:
    """Seat those to whom a late level goes, beside those asked, or in their place where all were needed."""
    level = body.levels[approval.level]
    if level.need == "all":
        lapse(approval)
    approval.is_late, approval.due_at = True, _due(level, catalog)
    return seat(approval, body, level.escalate_to or level.to, record)


def _due(level: Any, catalog: Catalog) -> Any:
    return spans.after(clock.now(), level.within, calendars.named(catalog=catalog)) if level.within else None


def seat(approval: Approval, body: Any, word: str, record: Record) -> bool:
    """Seat whom a word means and who has no seat yet; tells whether anybody may decide now."""
    seated = {one.person_id for one in waiting(approval)}
    for person in people_for(word, record):
        if person.id not in seated and (body.own or person.id != approval.asked_by_id):
            approval.seats.append(ApprovalSeat(level=approval.level, person_id=person.id))
            tell(approval, person, record)
    return bool(waiting(approval))


def tell(approval: Approval, person: Person, record: Record) -> None:
    """Write a notice for somebody who may decide."""
    title = Text.model_validate(approval.title)
    with force_locale(LOCALES[person.locale]):
        text = gettext("Please decide: %(title)s (%(record)s)", title=title, record=record.entity.label)
        mail.notify(person.id, text, f"/approvals/{approval.id}")


def waiting(approval: Approval) -> Sequence[ApprovalSeat]:
    """Return the seats of the present level that have not decided."""
    return [one for one in approval.seats if one.level == approval.level and not one.decision]


def is_carried(approval: Approval, body: Any) -> bool:
    """Tell whether the present level has approved: one of its people, or all of them where all are needed."""
    yes = [one for one in approval.seats if one.level == approval.level and one.decision == "approved"]
    return bool(yes) and (body.levels[approval.level].need == "any" or not waiting(approval))


def lapse(approval: Approval) -> None:
    """Close the seats of the present level that are no longer asked."""
    for one in waiting(approval):
        one.decision, one.decided_at = "lapsed", clock.now()


def close(approval: Approval, state: str) -> None:
    """End an approval as approved or rejected."""
    lapse(approval)
    approval.state, approval.ended_at, approval.due_at = state, clock.now(), None
