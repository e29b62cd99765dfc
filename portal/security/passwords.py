"""Passwords: Argon2id hashes, what makes one acceptable, and random ones for a single use."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from flask_babel import gettext as _

from portal.errors import Invalid

SHORTEST, LONGEST = 10, 200
# Without 0/O, 1/l/I: a one-time password is often read aloud.
LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@cache
def _hasher(kibibytes: int, passes: int, lanes: int) -> PasswordHasher:
    return PasswordHasher(time_cost=passes, memory_cost=kibibytes, parallelism=lanes)


def _present_hasher() -> PasswordHasher:
    kibibytes, passes, lanes = (int(part) for part in str(current_app.config["PORTAL"].argon2).split(","))
    return _hasher(kibibytes, passes, lanes)


@cache
def _decoy(hasher: PasswordHasher) -> str:
    return hasher.hash(secrets.token_urlsafe())


def hashed(password: str) -> str:
    """The Argon2id hash (OWASP: 19 MiB, two passes, one lane unless the setting says otherwise)."""
    return _present_hasher().hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password fits; without a hash a decoy is verified, so that the time tells nothing."""
    hasher = _present_hasher()
    try:
        fits = hasher.verify(password_hash or _decoy(hasher), password[: LONGEST * 4])
    except (VerificationError, InvalidHashError):
        return False
    return fits and password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than those of today."""
    return _present_hasher().check_needs_rehash(password_hash)


def check_strength(password: str, username: str) -> None:
    """Refuse a password that is short, monotonous or the user name itself; raises Invalid."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(
            {"password": _("Choose a password of %(least)d to %(most)d characters.", least=SHORTEST, most=LONGEST)}
        )
    if username.casefold() in password.casefold() or len(set(password)) < 5:
        raise Invalid({"password": _("Choose a password that is harder to guess.")})


def random_password() -> str:
    """Four groups of four letters: 92 bits, and still possible to dictate."""
    return "-".join("".join(secrets.choice(LETTERS) for _letter in range(4)) for _group in range(4))
