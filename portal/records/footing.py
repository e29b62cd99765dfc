"""A row is written into the columns that are read: a change of types and whoever still writes by the types before.

Whoever writes records takes the footing, shared, and keeps it until the end of the transaction; a release that changes
the type of a field waits until nobody has it, and whoever comes then asks again which columns the fields have. On
SQLite the write lock is all this already.
"""

import sqlalchemy as sa

from portal import schema
from portal.errors import Busy
from portal.extensions import db
from portal.records.altering import is_postgresql
from portal.schema import Catalog, releases

LOCK = 0x666F6F74  # of PostgreSQL's advisory locks


def take(entity: str) -> None:
    """Make sure that the columns this transaction writes are those in force; raises Busy when they are no more."""
    seen, number = schema.current(), _number()
    if number != seen.release and _moved(seen, releases.catalog(number), entity):
        raise Busy


def _number() -> int:
    """The release in force; none that moves columns comes before the transaction ends, so it is asked once."""
    session = db.session()
    transaction, number = session.info.get("footing", (None, 0))
    if transaction is None or transaction is not session.get_transaction():
        if is_postgresql():
            session.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(LOCK)))
        number = releases.current_number()
        session.info["footing"] = (session.get_transaction(), number)
    return int(number)


def alone() -> None:
    """Wait until nobody writes records by the release before; to the end of this transaction."""
    if is_postgresql():
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))


def _moved(seen: Catalog, now: Catalog, entity: str) -> bool:
    """Whether a field is in another column by now. What was renamed or archived is still read where it is."""
    before, after = seen.columns.get(entity, {}), now.columns.get(entity, {})
    return any(after.get(key, column) != column for key, column in before.items())
