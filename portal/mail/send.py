"""SMTP by the settings; without a mail server, files in the outbox folder."""

import re
import smtplib
import ssl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from flask import current_app

from portal.errors import PortalError
from portal.mail.message import Message
from portal.settings import Settings


class Temporary(PortalError):
    """The mail was not taken this time (no connection, 4xx); `uncertain`: it may have been taken."""

    def __init__(self, message: Any = None, *, uncertain: bool = False) -> None:
        super().__init__(message)
        self.uncertain = uncertain


class Permanent(PortalError):
    """The mail server refused this mail or address for good (5xx)."""


class Outbox(smtplib.SMTP):
    """Stands in for a mail server: each message becomes a file in the outbox folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self._awaits_text = False
        folder.mkdir(parents=True, exist_ok=True)

    def sendmail(self, from_addr: str, to_addrs: Any, msg: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Write the message; never refuses anybody."""
        content = msg if isinstance(msg, bytes) else str(msg).encode("utf-8", "replace")
        (self.folder / f"{uuid.uuid4().hex}.eml").write_bytes(content)
        return {}

    def send(self, s: Any) -> None:
        """Take any command, and after DATA a message."""
        if self._awaits_text:
            self.sendmail("", "", re.sub(rb"^\.(?=.)", b"", s.removesuffix(b".\r\n"), flags=re.MULTILINE))
        given = s if isinstance(s, bytes) else s.encode("utf-8", "replace")
        self._awaits_text = not self._awaits_text and given.strip().upper() == b"DATA"

    def getreply(self) -> tuple[int, bytes]:
        """Agree to everything."""
        return (354, b"go on") if self._awaits_text else (250, b"ok")


@contextmanager
def connect() -> Iterator[smtplib.SMTP]:
    """A connection after EHLO, TLS and log-in as the settings say, for many messages; raises Temporary."""
    settings: Settings = current_app.config["PORTAL"]
    if not settings.smtp_host:
        yield Outbox(settings.instance / "outbox")
        return
    server = _open(settings)
    try:
        yield server
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()


def send(message: Message) -> None:
    """Send one mail now; raises Temporary or Permanent."""
    settings: Settings = current_app.config["PORTAL"]
    mail = message.build(settings.smtp_from)
    sender = parseaddr(message.sender or settings.smtp_from)[1]
    with connect() as server:
        _hand_over(server, sender, parseaddr(message.to)[1], mail.as_bytes())


def _open(settings: Settings) -> smtplib.SMTP:
    try:
        if settings.smtp_tls == "tls":
            trust = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.smtp_host, settings.smtp_port, timeout=settings.smtp_seconds, context=trust
            )
        else:
            server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=settings.smtp_seconds)
        if settings.smtp_tls == "starttls":
            server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        return server
    except (smtplib.SMTPException, OSError) as problem:
        raise Temporary(f"{type(problem).__name__}") from problem


def _hand_over(server: smtplib.SMTP, sender: str, recipient: str, content: bytes) -> None:
    try:
        _expect(server.mail(sender))
        _expect(server.rcpt(recipient))
    except OSError as problem:
        raise Temporary(f"{type(problem).__name__}") from problem
    try:
        _expect(server.data(content))
    except smtplib.SMTPDataError as problem:
        _expect((problem.smtp_code, b""))
    except (smtplib.SMTPServerDisconnected, OSError) as problem:
        # After DATA the server may have taken it and only the answer was lost.
        raise Temporary(f"{type(problem).__name__}", uncertain=True) from problem


def _expect(answer: tuple[int, bytes]) -> None:
    code = answer[0]
    if 200 <= code < 300:
        return
    raise Permanent(f"SMTP {code}") if code >= 500 else Temporary(f"SMTP {code}")
