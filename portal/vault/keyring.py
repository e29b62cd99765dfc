"""The data keys at hand: one that seals, and those that still open what was sealed before.

A key is 32 random bytes, kept under a key derived from the portal's own; the cipher's key and the one of blind marks
are derived from it. So a copy of the database alone opens nothing.
"""

import base64
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from sqlalchemy.orm import Session, SessionTransaction

from portal import clock
from portal.extensions import db
from portal.keys import derived
from portal.vault.ciphers import CIPHERS, Broken, Cipher
from portal.vault.models import RETIRED, DataKey
from portal.writing import insert

MARK = 22  # characters of a blind mark: 128 bits
PLACE = b"data_key"
NOTE = "vault"  # what a transaction knows, in the notes of its session


class Unreadable(Exception):
    """A value cannot be opened: it was changed or moved, or PORTAL_SECRET_KEY is not the one of that day."""


@dataclass(frozen=True)
class Key:
    """A data key, open."""

    id: int
    name: str
    secret: bytes

    @cached_property
    def cipher(self) -> Cipher:
        """What seals and opens."""
        return CIPHERS[self.name](self._derived(b"seal"))

    @cached_property
    def _blind(self) -> "hmac.HMAC":
        return hmac.new(self._derived(b"blind"), digestmod="sha256")

    def mark(self, place: str, value: str) -> str:
        """What equal values of a place share, and nobody without the key can tell the value from."""
        return base64.urlsafe_b64encode(self.digest(place, value)[:16]).decode()[:MARK]

    def digest(self, place: str, value: str) -> bytes:
        """The HMAC-SHA256 (RFC 2104) of a value in a place."""
        machine = self._blind.copy()
        machine.update(f"{place}\0{value}".encode())
        return machine.digest()

    def _derived(self, purpose: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"kehu:data:" + purpose).derive(self.secret)


def sealing() -> Key:
    """The key for new values, held by this transaction: none is retired while somebody still seals with it."""
    notes = _notes()
    if "sealing" not in notes:
        held = sa.select(DataKey).where(DataKey.is_current.is_(True)).with_for_update(read=True, key_share=True)
        row = db.session.scalar(held) or db.session.scalar(held)  # the first look may meet a rotation
        notes["sealing"] = _open(row or _first())
    found: Key = notes["sealing"]
    return found


def quiet() -> None:
    """Wait for whoever seals, and let nobody seal until this transaction ends."""
    db.session.execute(sa.select(DataKey.id).where(DataKey.is_current.is_(True)).with_for_update()).all()


def opening(id_: int, *, anew: bool = False) -> Key:
    """The key of that number, looked up `anew` or as it is remembered; raises Unreadable where there is none."""
    kept = _kept().get(id_)
    if kept is None or anew:
        row = db.session.get(DataKey, id_, populate_existing=anew)
        if row is None or row.state == RETIRED:
            raise Unreadable(f"data key {id_}")
        return _open(row)
    return kept[1]


def living() -> list[Key]:
    """All keys with which a value may be sealed now, the current one first."""
    notes = _notes()
    if "living" not in notes:
        rows = sa.select(DataKey).where(DataKey.retired_at.is_(None)).order_by(DataKey.id.desc())
        notes["living"] = [_open(row) for row in db.session.scalars(rows)]
    found: list[Key] = notes["living"]
    return found


def rotate(by: str) -> int:
    """Make another key current and return its number; whoever seals with the present one is waited for."""
    held = sa.select(DataKey).where(DataKey.is_current.is_(True)).with_for_update()
    for row in db.session.scalars(held):
        row.is_current = None
    db.session.flush()
    row = _made(by)
    db.session.add(row)
    db.session.flush()
    forget()
    return row.id


def retire(id_: int) -> None:
    """Take a key away for good; call it when nothing is sealed with it any more."""
    row = db.session.get_one(DataKey, id_)
    if row.is_current:
        raise ValueError("the current key stays")
    row.wrapped, row.retired_at = "", clock.now()
    db.session.flush()
    forget()


def rows() -> Sequence[DataKey]:
    """The rows of all keys, the newest first."""
    return db.session.scalars(sa.select(DataKey).order_by(DataKey.id.desc())).all()


def forget() -> None:
    """Look the keys up again."""
    db.session().info.pop(NOTE, None)
    current_app.extensions.pop(NOTE, None)


def _first() -> DataKey:
    """The current key, made by whoever is first to need one."""
    row = _made("")
    values = {"cipher": row.cipher, "wrapped": row.wrapped, "is_current": True, "made_by": "", "made_at": clock.now()}
    _insert(values)
    return db.session.scalars(sa.select(DataKey).where(DataKey.is_current.is_(True))).one()


def _insert(values: dict[str, Any]) -> None:
    db.session.execute(insert(DataKey).values(values).on_conflict_do_nothing())


def _made(by: str) -> DataKey:
    name = current_app.config["PORTAL"].cipher
    wrapped = CIPHERS[name](derived(NOTE)).seal(os.urandom(32), PLACE)
    return DataKey(cipher=name, wrapped=base64.b64encode(wrapped).decode(), is_current=True, made_by=by)


def _open(row: DataKey) -> Key:
    kept = _kept().get(row.id)
    if kept is None or kept[0] != row.wrapped:  # a number may come again when its transaction was rolled back
        try:
            secret = CIPHERS[row.cipher](derived(NOTE)).open(base64.b64decode(row.wrapped), PLACE)
        except Broken as problem:
            raise Unreadable(f"data key {row.id}") from problem
        kept = _kept()[row.id] = row.wrapped, Key(row.id, row.cipher, secret)
    return kept[1]


def _kept() -> dict[int, tuple[str, Key]]:
    found: dict[int, tuple[str, Key]] = current_app.extensions.setdefault(NOTE, {})
    return found


def _notes() -> dict[str, Any]:
    found: dict[str, Any] = db.session().info.setdefault(NOTE, {})
    return found


@sa.event.listens_for(db.session, "after_transaction_end")
def _let_go(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(NOTE, None)
