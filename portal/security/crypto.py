"""Secrets at rest: sealed with keys derived from the portal's own key, one for each purpose."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


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
    own = current_app.config["PORTAL"].secret_key.encode()
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"kehu:{purpose}".encode()).derive(own)
    return Fernet(base64.urlsafe_b64encode(derived))
