"""Where to send a browser: on after a form, and whether to an address that came in from outside."""

from urllib.parse import urlsplit

from flask import Response, redirect


def to(address: str) -> Response:
    """Send the browser on after a form: it asks for the address with GET (RFC 9110, 15.4.4)."""
    answer = redirect(address, 303)
    assert isinstance(answer, Response)  # of Flask, as all its answers
    return answer


def local(address: str | None, default: str = "/") -> str:
    """The address when it stays within the portal, else the default (RFC 3986 and what browsers make of it).

    Browsers drop control characters and read a backslash as a slash, so neither may stand in it.
    """
    text = address or ""
    if not text.startswith("/") or text.startswith("//") or "\\" in text or any(ord(char) < 33 for char in text):
        return default
    parts = urlsplit(text)
    return default if parts.scheme or parts.netloc else text
