"""One try to send a mail, and what came of it: for letters that are kept with their state."""

from dataclasses import dataclass

from portal.mail.message import Message
from portal.mail.send import Permanent, Temporary, send


@dataclass(frozen=True)
class Attempt:
    """`state` is sent, failed, uncertain (the server may have it) or later (it has not, and may take it then)."""

    state: str
    error: Exception | None = None

    @property
    def reason(self) -> str:
        """What the server said, as far as it fits beside a letter."""
        return str(self.error or "")[:300]

    def raise_later(self) -> None:
        """Raise what kept a mail back that may go out later, so that its job comes again."""
        if self.state == "later" and self.error is not None:
            raise self.error


def attempt(letter: Message) -> Attempt:
    """Send one mail now; what goes wrong is told and not raised."""
    try:
        send(letter)
    except Temporary as error:
        return Attempt("uncertain" if error.uncertain else "later", error)
    except (Permanent, ValueError) as error:
        return Attempt("failed", error)
    return Attempt("sent")
