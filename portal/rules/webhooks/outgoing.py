"""One HTTP request out of the house: to hosts on the operator's list alone, never to an address within the network.

The name is resolved once and the connection goes to the very address that was checked, so an answer that changes
between the check and the connection (rebinding) reaches nothing. Redirects are not followed, proxies not asked.
"""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from flask import current_app

SECONDS = 15
MOST_READ = 4096
MOST_ASKED = 1 << 20
PORTS = {"http": 80, "https": 443}
OK = range(200, 300)


class Refused(Exception):
    """The address is not one that may be called; the word says why: address, list or network."""


@dataclass(frozen=True)
class Answer:
    """What the other side said: a status and the beginning of a body, or all of it."""

    status: int
    body: bytes

    @property
    def is_yes(self) -> bool:
        """Tell whether it took what it was sent or answered what it was asked; a redirect is neither."""
        return self.status in OK

    @property
    def text(self) -> str:
        """The body for people to read."""
        return self.body.decode("utf-8", "replace")


class Failed(Exception):
    """Nobody answered; the text says what went wrong."""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a body and return the answer with its first bytes; raises Refused before anything is sent, or Failed."""
    return _exchange("POST", url, {"Content-Type": "application/json", **headers}, body, _beginning)


def ask(method: str, url: str, headers: Mapping[str, str]) -> Answer:
    """Send a question and return the answer, of at most `MOST_ASKED` bytes.

    Raises Refused before anything is sent, or Failed.
    """
    return _exchange(method, url, headers, None, _whole)


Read = Callable[[http.client.HTTPResponse, float], bytes]  # the body of an answer, until a moment


def _exchange(method: str, url: str, headers: Mapping[str, str], body: bytes | None, read: Read) -> Answer:
    parts, port = _checked(url)
    address = _resolved(parts.hostname or "", port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    end = time.monotonic() + SECONDS
    connection = _open(parts, address, port)
    try:
        connection.request(method, path, body, {"Host": parts.netloc, "User-Agent": "Kehu", **headers})
        answer = connection.getresponse()
        return Answer(answer.status, read(answer, end))
    except (OSError, http.client.HTTPException) as problem:
        raise Failed(type(problem).__name__) from problem
    finally:
        connection.close()


def _beginning(answer: http.client.HTTPResponse, end: float) -> bytes:
    """Read what people will be shown; whether it was a yes is known without it, so nothing here is a failure."""
    body = b""
    with suppress(OSError, http.client.HTTPException):
        while len(body) < MOST_READ and time.monotonic() < end and (piece := answer.read1(MOST_READ - len(body))):
            body += piece
    return body


def _whole(answer: http.client.HTTPResponse, end: float) -> bytes:
    """Read piece by piece, for who sends one byte a second never lets a connection time out."""
    body = b""
    while piece := answer.read1(1 << 16):
        body += piece
        if len(body) > MOST_ASKED:
            raise Failed("too large")
        if time.monotonic() > end:
            raise Failed("too slow")
    return body


def host_of(url: str) -> str:
    """Return host and, where it is named, port of an address: whom it tells."""
    return urlsplit(url).netloc.lower()


def check(url: str) -> None:
    """Raise Refused for an address that is malformed or not on the operator's list; looks no name up."""
    _checked(url)


def _checked(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Refused("address") from None
    is_plain = url.isascii() and url.isprintable() and not any(mark in url for mark in ("\\", " ", "@"))
    if parts.scheme not in PORTS or not parts.hostname or not is_plain:
        raise Refused("address")
    allowed = current_app.config["PORTAL"].webhook_hosts.split(",")
    usual = port == PORTS[parts.scheme]
    if f"{parts.hostname}:{port}" not in allowed and not (usual and parts.hostname in allowed):
        raise Refused("list")
    return parts, port


def _resolved(host: str, port: int) -> str:
    """Return an address of the host; one forbidden address among them refuses them all."""
    try:
        found = sorted({str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError) as problem:
        raise Failed(type(problem).__name__) from problem
    if not found or not all(_may_reach(address) for address in found):
        raise Refused("network")
    return found[0]


def _may_reach(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    own = [ipaddress.ip_network(text) for text in current_app.config["PORTAL"].webhook_networks.split(",") if text]
    return (ip.is_global and not ip.is_multicast) or any(ip in network for network in own)


def _open(parts: SplitResult, address: str, port: int) -> http.client.HTTPConnection:
    """Return a connection to the checked address; TLS still asks for the certificate of the name."""
    connection = http.client.HTTPConnection(parts.hostname or "", port, timeout=SECONDS)
    try:
        connection.sock = socket.create_connection((address, port), timeout=SECONDS)
        if parts.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(connection.sock, server_hostname=parts.hostname)
    except OSError as problem:
        connection.close()
        raise Failed(type(problem).__name__) from problem
    return connection
