"""Statements of pages, put together once for all who reach the same rows.

Putting such a statement together takes SQLAlchemy longer than an engine takes to answer it. Who asks and about which
record are places in it (`policy.peer_of`), filled in when it is run.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import sqlalchemy as sa

from portal import schema
from portal.extensions import db
from portal.schema import Entity
from portal.security import Actor, policy

Built = TypeVar("Built")
RECORD: Any = sa.bindparam("asked_record")


def prepare(
    what: Hashable, entity: Entity | None, person: Actor, record_id: int | None, build: Callable[[Actor, Any], Built]
) -> tuple[Built, dict[str, Any]]:
    """What `build` makes, and the values to run it with.

    `build` is given who asks and the id of the record, or the places of both: it may look at the roles and the office
    of who asks, at `what` and at `entity`, and at nothing else that changes, such as the time. Where it looks at more,
    `what` is None, and nothing is kept.
    """
    peer = policy.peer_of(person) if what is not None else None
    if peer is None:
        return build(person, record_id), {}
    asked = (what, id(entity), peer, db.engine.dialect.name)  # what is kept holds the entity, so that its id is its own
    _entity, built = schema.current().remembered(asked, lambda: (entity, build(peer, RECORD)))
    return built, {**policy.places(person), RECORD.key: record_id}
