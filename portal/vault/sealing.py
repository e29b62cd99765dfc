"""How a sealed value stands in a column of text: a sign, its blind mark, the number of its key, and what is sealed.

The sign is a control character, which no typed text keeps, so a plain value is never taken for a sealed one.
"""

import base64
from binascii import Error

from portal.vault import keyring
from portal.vault.ciphers import Broken
from portal.vault.keyring import MARK, Key, Unreadable

SIGN = "\x02"
HEAD = len(SIGN) + MARK  # what equal values share
NUMBER = 4  # digits of the key's number
BODY = HEAD + NUMBER


class Sealed(str):
    """A text that is sealed, so that none that is not gets into a sealed column."""

    __slots__ = ()

    @property
    def key_id(self) -> int:
        """The number of its key."""
        return number_of(self)


def seal(value: str, place: str, id_: int | str, key: Key | None = None) -> Sealed:
    """The value sealed for one record's place (table.column and the record's id)."""
    key = key or keyring.sealing()
    body = base64.b64encode(key.cipher.seal(value.encode(), _bound(place, id_)))
    return Sealed(f"{head(key, place, value)}{key.id:0{NUMBER}d}{body.decode()}")


def unseal(text: str, place: str, id_: int | str) -> str:
    """The value again; a text that is not sealed yet is the value itself. Raises Unreadable."""
    if not is_sealed(text):
        return text
    try:
        number, body, bound = number_of(text), base64.b64decode(text[BODY:]), _bound(place, id_)
        try:
            return keyring.opening(number).cipher.open(body, bound).decode()
        except Broken:
            return keyring.opening(number, anew=True).cipher.open(body, bound).decode()
    except (Broken, Error, ValueError) as problem:
        raise Unreadable(place) from problem


def head(key: Key, place: str, value: str) -> str:
    """How all texts of that value begin in that place, under one key."""
    return SIGN + key.mark(place, value)


def heads(place: str, value: str) -> list[str]:
    """How they begin under any key that is in use."""
    return [head(key, place, value) for key in keyring.living()]


def is_sealed(text: str) -> bool:
    """Whether the text holds a sealed value."""
    return text.startswith(SIGN)


def number_of(text: str) -> int:
    """The number of the key that sealed the text."""
    return int(text[HEAD:BODY])


def _bound(place: str, id_: int | str) -> bytes:
    return f"{place}.{id_}".encode()
