"""Decide on what differs: take theirs, or keep ours until theirs changes; one by one or many at once."""

from collections.abc import Sequence

from portal import audit
from portal.errors import NotFound, PortalError
from portal.extensions import db, transaction
from portal.providers import listing
from portal.providers.models import DIFFERS, KEPT, SAME
from portal.records import recall, save
from portal.security import Actor


def decide(id_: int, *, take: bool, by: Actor) -> None:
    """Take a value or keep ours; raises NotFound, Forbidden, and what `save` raises."""
    with transaction():
        one = listing.value_of(id_, by)
        if one.row.state != DIFFERS:
            return
        if take:
            value = recall.value(one.field, one.row.value)
            if isinstance(value, recall.OldForm):
                raise NotFound
            with audit.told_by(str(one.source)):
                save(one.record, {one.field.key: value}, by=by)
            one.row.state = SAME
        else:
            one.row.state = KEPT
        one.row.decided_by = str(by.name)[:200]
        data = {"field": one.field.key, "taken": take}
        audit.record("outside.decided", by=by, entity=one.row.entity, record_id=one.row.record_id, data=data)


def decide_many(ids: Sequence[int], *, take: bool, by: Actor) -> tuple[int, int]:
    """Decide on many; return how many are done and how many refused."""
    done = refused = 0
    for id_ in ids:
        try:
            with transaction(), db.session.begin_nested():
                decide(id_, take=take, by=by)
            done += 1
        except PortalError:
            refused += 1
    return done, refused
