"""Offer one finished message to an SMTP server and tell for certain, or say that nothing is certain."""

import re
import smtplib
from contextlib import suppress

from portal.campaigns.claims import Outcome
from portal.campaigns.models import DeliveryState
from portal.mail import Skeleton

STUFFED = re.compile(rb"^\.", re.MULTILINE)
"""A line of a message that begins with a dot gets another one (RFC 5321 §4.5.2)."""


class ConnectionLost(Exception):
    """The server is gone and this mail was not accepted; the connection must be made anew."""


class Offer:
    """One message on its way: the envelope goes out when the offer is made, the text only with `deliver`.

    In between the sender writes down what it is about to do, while the server is at work on the envelope. Sender and
    recipient go in one write where the server says PIPELINING (RFC 2920), else one after the other.
    """

    def __init__(self, smtp: smtplib.SMTP, sender: str, recipient: str) -> None:
        self._smtp = smtp
        commands = [b"MAIL FROM:" + Skeleton.path(sender), b"RCPT TO:" + Skeleton.path(recipient)]
        ahead = len(commands) if smtp.has_extn("pipelining") else 1
        self._ahead, self._later = ahead, commands[ahead:]
        self._write(*commands[:ahead])

    def deliver(self, message: bytes) -> Outcome:
        """Give the text (CRLF line ends) and say what became of the message.

        4xx is deferred, 5xx bounced (RFC 5321 §4.2.1). Once the text has begun, a broken connection leaves the mail
        uncertain. Raises ConnectionLost where it broke before that.
        """
        refusal = self._refusal() or self._ask(b"DATA", 354)
        if refusal is not None:
            self._forget()
            return refusal
        try:
            self._smtp.send(STUFFED.sub(b"..", message) + b".\r\n")
            code, answer = self._smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            return Outcome(DeliveryState.UNCERTAIN, f"connection broke while sending: {type(error).__name__}")
        return Outcome(DeliveryState.SENT) if code == 250 else _refused(code, answer)

    def withdraw(self) -> None:
        """Take the offer back before its text; raises ConnectionLost."""
        self._refusal()
        self._forget()

    def _refusal(self) -> Outcome | None:
        """Hear the server out on the envelope; the first refusal counts."""
        refusals = [refusal for _ in range(self._ahead) if (refusal := self._answer())]
        for command in self._later if not refusals else ():
            refusals += [refusal for refusal in [self._ask(command)] if refusal]
        return refusals[0] if refusals else None

    def _ask(self, command: bytes, *welcome: int) -> Outcome | None:
        self._write(command)
        return self._answer(*welcome)

    def _answer(self, *welcome: int) -> Outcome | None:
        try:
            code, answer = self._smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise ConnectionLost(str(error)) from error
        if code == 421:
            raise ConnectionLost(_text(answer))
        return None if code in (welcome or (250, 251)) else _refused(code, answer)

    def _write(self, *commands: bytes) -> None:
        try:
            self._smtp.send(b"".join(command + b"\r\n" for command in commands))
        except (smtplib.SMTPException, OSError) as error:
            raise ConnectionLost(str(error)) from error

    def _forget(self) -> None:
        with suppress(smtplib.SMTPException, OSError):
            self._smtp.rset()


def _refused(code: int, answer: bytes | str) -> Outcome:
    state = DeliveryState.BOUNCED if 500 <= code < 600 else DeliveryState.DEFERRED
    return Outcome(state, f"{code} {_text(answer)}")


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
