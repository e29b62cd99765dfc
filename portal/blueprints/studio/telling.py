"""Words the pages of the studio share: of rights and sensitivities, how long values are kept, and of releases."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

WORDS = {
    "public": _l("Public"),
    "internal": _l("Internal"),
    "personal": _l("Personal"),
    "sensitive": _l("Sensitive"),
    "own": _l("Own"),
    "team": _l("Team"),
    "office": _l("Office"),
    "all": _l("All"),
}
SHIPPED = "What ships with the portal"


def kept_for(span: str | None) -> str:
    """Say how long the values of a field are kept, as in `3 years`; empty where no time is set."""
    number, _blank, unit = (span or "").partition(" ")
    match unit.removesuffix("s") if number.isdigit() else "":
        case "day":
            return ngettext("%(num)s day", "%(num)s days", int(number))
        case "week":
            return ngettext("%(num)s week", "%(num)s weeks", int(number))
        case "month":
            return ngettext("%(num)s month", "%(num)s months", int(number))
        case "year":
            return ngettext("%(num)s year", "%(num)s years", int(number))
    return span or ""


def author_of(release: Any) -> str:
    """Say who published a release; the first is the portal's own."""
    return release.author_name if release.author_id else _("The portal")


def note_of(release: Any) -> str:
    """Say what was noted with a release; what ships is said in the reader's language."""
    return _("What ships with the portal") if release.note == SHIPPED else release.note or _("No note")
