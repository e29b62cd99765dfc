"""Saved views: a list's filters, order and columns under a name, for oneself or for all who see the list."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Mapped, mapped_column

from portal import audit
from portal.errors import Forbidden, Invalid, NotFound
from portal.extensions import Model, db, transaction
from portal.security import Actor, policy

LONGEST = 60


class SavedView(Model):
    """One view; `query` is what the address of the list holds, as a mapping of lists of texts."""

    __tablename__ = "saved_view"
    __table_args__ = (sa.Index("ix_saved_view_entity", "entity", "person_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    entity: Mapped[str] = mapped_column(sa.String(60))
    name: Mapped[str] = mapped_column(sa.String(LONGEST))
    query: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    shared: Mapped[bool] = mapped_column(default=False)


def views(entity_key: str, person: Actor) -> Sequence[Any]:
    """The person's own views of a list and the shared ones, by name, to be read; none without the right to the list."""
    if not policy.can(person, "view", entity_key):
        return []
    return db.session.execute(_offered(), {"list": entity_key, "me": person.id}).all()


@cache
def _offered() -> sa.Select[Any]:
    """One statement, for every list asks."""
    view = SavedView.__table__
    mine_or_shared = sa.or_(view.c.person_id == sa.bindparam("me"), view.c.shared)
    query = sa.select(view).where(view.c.entity == sa.bindparam("list"), mine_or_shared)
    return query.order_by(view.c.name, view.c.id)


def keep(entity_key: str, name: str, query: dict[str, list[str]], person: Actor, *, shared: bool = False) -> SavedView:
    """Save a view under a name; one's own of the same name is replaced. Raises Invalid or NotFound."""
    if person.id is None or not policy.can(person, "view", entity_key):
        raise NotFound
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST:
        raise Invalid({"name": gettext("Enter a name of at most %(count)s characters.", count=LONGEST)})
    with transaction():
        same = sa.select(SavedView).where(
            SavedView.entity == entity_key, SavedView.person_id == person.id, SavedView.name == plain
        )
        view = db.session.scalar(same) or SavedView(entity=entity_key, person_id=person.id, name=plain)
        view.query, view.shared = query, shared
        db.session.add(view)
        db.session.flush()
        audit.record("view.saved", by=person, data={"entity": entity_key, "name": plain, "shared": shared})
        return view


def drop(view_id: int, person: Actor) -> None:
    """Delete one's own view; raises NotFound, or Forbidden for a shared one of somebody else."""
    view = db.session.get(SavedView, view_id)
    if view is None or not (view.shared or view.person_id == person.id):
        raise NotFound
    if view.person_id != person.id:
        raise Forbidden
    with transaction():
        db.session.delete(view)
        audit.record("view.dropped", by=person, data={"entity": view.entity, "name": view.name})
