"""The codes of coupons: 75 random bits in signs that nobody mistakes for another, and a sign that tells a typo."""

import secrets
import unicodedata
from collections.abc import Callable

from stdnum import luhn

from portal.errors import PortalError

SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without 0 and O, 1 and I
RANDOM = 15
LENGTH = RANDOM + 1
GROUP = 4


class Misread(PortalError):
    """What was typed cannot be a code; `length` is how many signs it has where they are too few."""

    status = 422

    def __init__(self, length: int | None = None) -> None:
        super().__init__()
        self.length = length


def new(choice: Callable[[str], str] = secrets.choice) -> str:
    """A code that nobody can guess: 15 signs of 5 bits each, and their check sign (Luhn's formula modulo 32)."""
    signs = "".join(choice(SIGNS) for _ in range(RANDOM))
    return signs + str(luhn.calc_check_digit(signs, SIGNS))


def written(prefix: str, code: str) -> str:
    """The code as people read it, in groups of four: WIN-7QF2-M9KX-D3RT-W6HB."""
    groups = [code[start : start + GROUP] for start in range(0, len(code), GROUP)]
    return "-".join([prefix, *groups] if prefix else groups)


def read(text: str) -> str:
    """The code in what somebody typed or scanned: case, width, blanks, dashes and the prefix do not matter.

    Raises Misread.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    signs = "".join(sign for sign in plain if sign.isalnum())[-LENGTH:]
    if len(signs) < LENGTH:
        raise Misread(len(signs))
    if not set(signs) <= set(SIGNS) or not luhn.is_valid(signs, SIGNS):
        raise Misread
    return signs
