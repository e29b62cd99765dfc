"""Which columns hold sealed values; a column stays listed when its field goes, for its values stay."""

from collections.abc import Iterator

import sqlalchemy as sa

from portal.extensions import db
from portal.vault.keyring import NOTE
from portal.vault.models import SEALED, SEALING, SealedColumn


def states() -> dict[str, str]:
    """Place (table.column) → sealing or sealed, as this transaction sees them."""
    notes = db.session().info.setdefault(NOTE, {})
    if "places" not in notes:
        rows = db.session.execute(sa.select(SealedColumn.place, SealedColumn.state))
        notes["places"] = dict(rows.all())
    found: dict[str, str] = notes["places"]
    return found


def is_mixed(place: str) -> bool:
    """Whether plain values may stand among the sealed ones."""
    return states().get(place) == SEALING


def put(place: str, *, mixed: bool) -> None:
    """List a column, or say that no plain values are left in it."""
    db.session.merge(SealedColumn(place=place, state=SEALING if mixed else SEALED))
    _anew()


def drop(place: str) -> None:
    """Take a column off the list: all its values are plain again."""
    db.session.execute(sa.delete(SealedColumn).where(SealedColumn.place == place))
    _anew()


def mixed() -> Iterator[str]:
    """The columns that are being sealed."""
    yield from (place for place, state in sorted(states().items()) if state == SEALING)


def _anew() -> None:
    db.session.flush()
    db.session().info.get(NOTE, {}).pop("places", None)
