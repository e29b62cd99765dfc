"""One mail as the rooms hand it over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from portal import clock


@dataclass(frozen=True)
class Message:
    """A mail to one address; `attachments` are (file name, MIME type, bytes)."""

    to: str
    subject: str
    text: str
    html: str = ""
    sender: str = ""
    reply_to: str = ""
    message_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[tuple[str, str, bytes], ...] = ()

    def build(self, sender: str) -> EmailMessage:
        """The message after RFC 5322, from `self.sender` or else `sender`; ValueError on a line break in a header."""
        mail = EmailMessage(policy=SMTP)
        origin = self.sender or sender
        mail["From"], mail["To"], mail["Subject"] = origin, self.to, self.subject
        mail["Date"] = format_datetime(clock.now())
        mail["Message-ID"] = self.message_id or make_msgid(domain=origin.rpartition("@")[2].strip(">") or "localhost")
        if self.reply_to:
            mail["Reply-To"] = self.reply_to
        for name, value in self.headers.items():
            mail[name] = value
        mail.set_content(self.text, cte="base64")
        if self.html:
            mail.add_alternative(self.html, subtype="html", cte="base64")
        for name, kind, content in self.attachments:
            main, _, sub = kind.partition("/")
            mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
        return mail
