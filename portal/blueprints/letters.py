"""What people are told when they write to customers."""

from collections.abc import Callable

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.blueprints import screens
from portal.errors import Invalid
from portal.extensions import db


def one(write: Callable[[], object]) -> None:
    """Write one letter, and tell that it is on its way or why it is not."""
    try:
        write()
        screens.tell(_("The customer gets a letter with a link."))
    except Invalid as refused:
        db.session.rollback()
        screens.tell(" ".join(str(problem) for problem in refused.problems.values()), "warning")


def many(asked: int, refused: int) -> None:
    """Tell how many customers are asked, and how many cannot be."""
    text = ngettext("%(num)d customer is asked.", "%(num)d customers are asked.", asked)
    if refused:
        text += " " + ngettext(
            "%(num)d cannot be: no address, asked lately, or not yours.",
            "%(num)d cannot be: no address, asked lately, or not yours.",
            refused,
        )
    screens.tell(text, "warning" if refused or not asked else "success")
