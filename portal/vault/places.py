"""Which columns hold sealed values; a column stays listed when its field goes, for its values stay."""

import sqlalchemy as sa

from portal.extensions import db
from portal.vault.keyring import NOTE
from portal.vault.models import OPENING, SEALED, SEALING, SealedColumn


def states() -> dict[str, str]:
    """Place (table.column) → sealing, sealed or opening, as this transaction sees them."""
    notes = db.session().info.setdefault(NOTE, {})
    if "places" not in notes:
        rows = db.session.execute(sa.select(SealedColumn.place, SealedColumn.state))
        notes["places"] = dict(rows.all())
    found: dict[str, str] = notes["places"]
    return found


def is_mixed(place: str) -> bool:
    """Whether plain values may stand among the sealed ones."""
    return states().get(place) in (SEALING, OPENING)


def is_opening(place: str) -> bool:
    """Whether the sealed values that are left are to become plain."""
    return states().get(place) == OPENING


def seal(place: str, *, mixed: bool) -> None:
    """List a column to be sealed, or say that no plain values are left in it."""
    _put(place, SEALING if mixed else SEALED)


def open_(place: str) -> None:
    """Have the values of a column made plain."""
    _put(place, OPENING)


def drop(place: str) -> None:
    """Take a column off the list: all its values are plain again."""
    db.session.execute(sa.delete(SealedColumn).where(SealedColumn.place == place))
    _anew()


def _put(place: str, state: str) -> None:
    db.session.merge(SealedColumn(place=place, state=state))
    _anew()


def _anew() -> None:
    db.session.flush()
    db.session().info.get(NOTE, {}).pop("places", None)
