"""Values that something speaks of by a key: kept sealed in one table, so that they can be sealed anew and forgotten."""

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from portal.extensions import db
from portal.vault import keyring
from portal.vault.models import PastValue
from portal.vault.sealing import seal, unseal
from portal.writing import insert_many

WORD = "sealed"  # of the reference that stands in the value's place: {"sealed": key}
CHUNK = 5000


class Keeping:
    """Collects values and writes them in one statement."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def keep(self, value: Any, place: str, record_id: int) -> Any:
        """The reference that stands for the value; nothing stays nothing."""
        if value is None or is_reference(value):
            return value
        key = secrets.token_hex(16)
        text = seal(str(value), place, key)
        self.rows.append(
            {"key": key, "place": place, "record_id": record_id, "sealer": text.key_id, "sealed": str(text)}
        )
        return {WORD: key}

    def write(self) -> None:
        """Store what was collected."""
        if self.rows:
            insert_many(PastValue.__table__, self.rows)
            self.rows = []


def is_reference(value: Any) -> bool:
    """Whether this stands for a sealed value."""
    return isinstance(value, dict) and value.keys() == {WORD}


def opened(told: Any) -> Any:
    """JSON with the values in the place of their references; what is forgotten is None. Costs nothing without any."""
    keys = set(_keys(told))
    return _with(told, _values(keys)) if keys else told


def _keys(told: Any) -> Iterator[str]:
    if is_reference(told):
        yield told[WORD]
    elif isinstance(told, dict | list):
        for part in told.values() if isinstance(told, dict) else told:
            yield from _keys(part)


def _with(told: Any, values: Mapping[str, str]) -> Any:
    if is_reference(told):
        return values.get(told[WORD])
    if isinstance(told, dict):
        return {key: _with(part, values) for key, part in told.items()}
    return [_with(part, values) for part in told] if isinstance(told, list) else told


def _values(keys: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    listed = sorted(keys)
    for start in range(0, len(listed), CHUNK):
        rows = sa.select(PastValue.key, PastValue.place, PastValue.sealed).where(
            PastValue.key.in_(listed[start : start + CHUNK])
        )
        found |= {key: unseal(sealed, place, key) for key, place, sealed in db.session.execute(rows)}
    return found


def reseal(old: Collection[int], limit: int) -> int:
    """Seal some of the values under these keys anew; how many were found."""
    rows = db.session.execute(
        sa.select(PastValue.key, PastValue.place, PastValue.sealed).where(PastValue.sealer.in_(old)).limit(limit)
    ).all()
    sealing = keyring.sealing()
    told: Iterable[Any] = ((key, seal(unseal(sealed, place, key), place, key)) for key, place, sealed in rows)
    written = [{"which": key, "to": str(text), "sealer": sealing.id} for key, text in told]
    if written:
        statement = sa.update(PastValue).where(PastValue.key == sa.bindparam("which"))
        values: dict[str, Any] = {"sealed": sa.bindparam("to"), "sealer": sa.bindparam("sealer")}
        db.session.connection().execute(statement.values(values), written)
    return len(rows)


def left(old: Collection[int]) -> int:
    """How many values are sealed under these keys."""
    return db.session.scalar(sa.select(sa.func.count()).where(PastValue.sealer.in_(old))) or 0
