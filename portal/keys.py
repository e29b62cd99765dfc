"""Keys derived from the portal's own key, one for each purpose."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


def derived(purpose: str) -> bytes:
    """Return the 32 bytes for a purpose (HKDF-SHA256, RFC 5869): the same for the same PORTAL_SECRET_KEY."""
    own = current_app.config["PORTAL"].secret_key.encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"kehu:{purpose}".encode()).derive(own)
