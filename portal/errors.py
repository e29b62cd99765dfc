"""What can go wrong and is a person's to know; messages are (lazy) texts for people."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l


class PortalError(Exception):
    """A failure with a message for the person; `status` is the HTTP status a page answers with."""

    status = 500
    fallback: Any = _l("Something went wrong.")

    def __init__(self, message: Any = None) -> None:
        self.message = message if message is not None else self.fallback
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class Invalid(PortalError):
    """Values were refused: `problems` maps each field key to its message."""

    status = 422
    fallback = _l("Please check the marked fields.")

    def __init__(self, problems: Mapping[str, Any], message: Any = None) -> None:
        super().__init__(message)
        self.problems = dict(problems)


class Forbidden(PortalError):
    """The person sees the thing but may not do this with it."""

    status = 403
    fallback = _l("You may not do this.")


class NotFound(PortalError):
    """It is not there, or not there for this person."""

    status = 404
    fallback = _l("This page does not exist, or you may not see it.")


class Busy(PortalError):
    """It cannot be done just now, though nothing is wrong with what was asked: once more, a moment later."""

    status = 503
    fallback = _l("Others are at work here. Nothing was saved: send it again in a moment.")


class Conflict(PortalError):
    """Somebody else changed the same thing first; subclasses and callers add both sides."""

    status = 409
    fallback = _l("Somebody else changed this in the meantime.")

    def __init__(self, message: Any = None, *, mine: Any = None, theirs: Any = None) -> None:
        super().__init__(message)
        self.mine = mine
        self.theirs = theirs
