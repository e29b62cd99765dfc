"""Secrets at rest: sealed with keys derived from the portal's own key, one for each purpose."""

import base64

from cryptography.fernet import Fernet, InvalidToken

from portal import keys


class Unreadable(Exception):
    """The text was sealed with another key: PORTAL_SECRET_KEY is not the one of that day."""


def seal(text: str, purpose: str) -> str:
    """Return the text so that only this portal reads it, for this purpose alone."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str) -> str:
    """Return the text again; raises Unreadable."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as problem:
        raise Unreadable(purpose) from problem


def _box(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(keys.derived(purpose)))
