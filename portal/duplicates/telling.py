"""Tells whose pairs in the queue were found, dropped or decided, for those who keep what follows from open pairs."""

from collections.abc import Sequence

from portal import events
from portal.duplicates.models import DuplicatePair
from portal.extensions import db
from portal.security import Actor

MOVED = "pairs.moved"
SEARCHED = "pairs.searched"  # a search has ended that found some


def tell(entity_key: str, pairs: Sequence[DuplicatePair], by: Actor) -> None:
    """Tell the records of some pairs."""
    db.session.flush()
    if ids := sorted({id_ for pair in pairs for id_ in (pair.first_id, pair.second_id)}):
        events.tell(MOVED, entity=entity_key, data={"ids": ids}, by=by)
