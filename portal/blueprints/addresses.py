"""Addresses that came in from outside, and whether to go there."""

from urllib.parse import urlsplit


def local(address: str | None, default: str = "/") -> str:
    """The address when it stays within the portal, else the default (RFC 3986 and what browsers make of it).

    Browsers drop control characters and read a backslash as a slash, so neither may stand in it.
    """
    text = address or ""
    if not text.startswith("/") or text.startswith("//") or "\\" in text or any(ord(char) < 33 for char in text):
        return default
    parts = urlsplit(text)
    return default if parts.scheme or parts.netloc else text
