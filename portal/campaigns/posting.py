"""Offer one finished message to an SMTP server and tell for certain, or say that nothing is certain."""

import smtplib
from contextlib import suppress

from portal.campaigns.claims import Outcome
from portal.campaigns.models import DeliveryState


class ConnectionLost(Exception):
    """The server is gone and this mail was not accepted; the connection must be made anew."""


def post(smtp: smtplib.SMTP, sender: str, recipient: str, message: bytes) -> Outcome:
    """Send `message` (CRLF line ends) to one `recipient` over an open connection.

    4xx is deferred, 5xx bounced (RFC 5321 §4.2.1). Once the message's text has begun, a broken
    connection leaves the mail uncertain. Raises ConnectionLost where it broke before that.
    """
    try:
        refusal = _envelope(smtp, sender, recipient)
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise ConnectionLost(str(error)) from error
    if refusal is not None:
        return refusal
    try:
        code, answer = smtp.data(message)
    except smtplib.SMTPDataError as error:
        # The server refused the DATA command itself: nothing of the message was sent.
        return _refused(smtp, error.smtp_code, error.smtp_error)
    except (smtplib.SMTPException, OSError) as error:
        return Outcome(DeliveryState.UNCERTAIN, f"connection broke while sending: {type(error).__name__}")
    return Outcome(DeliveryState.SENT) if code == 250 else _refused(smtp, code, answer)


def _envelope(smtp: smtplib.SMTP, sender: str, recipient: str) -> Outcome | None:
    for command, address in ((smtp.mail, sender), (smtp.rcpt, recipient)):
        code, answer = command(address)
        if code == 421:
            raise smtplib.SMTPServerDisconnected(_text(answer))
        if code not in (250, 251):
            return _refused(smtp, code, answer)
    return None


def _refused(smtp: smtplib.SMTP, code: int, answer: bytes | str) -> Outcome:
    with suppress(smtplib.SMTPException, OSError):
        smtp.rset()
    state = DeliveryState.BOUNCED if 500 <= code < 600 else DeliveryState.DEFERRED
    return Outcome(state, f"{code} {_text(answer)}")


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
