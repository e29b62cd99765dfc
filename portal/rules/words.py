"""Words of the rules as people read them."""

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from portal import schema
from portal.rules.spans import parts

WHO = {"owner": _l("the owner"), "creator": _l("whoever created it"), "lead": _l("the team's lead")}


def addressee_text(word: str) -> str:
    """Return `owner`, `lead` or a role's key in the reader's language."""
    role = schema.current().roles.get(word)
    return str(WHO.get(word) or (role.label if role else word))


def span_text(span: str) -> str:
    """Return `2 workdays` in the reader's language."""
    number, unit = parts(span)
    match unit:
        case "minute":
            return ngettext("%(num)s minute", "%(num)s minutes", number)
        case "hour":
            return ngettext("%(num)s hour", "%(num)s hours", number)
        case "week":
            return ngettext("%(num)s week", "%(num)s weeks", number)
        case "workday":
            return ngettext("%(num)s workday", "%(num)s workdays", number)
        case "workhour":
            return ngettext("%(num)s working hour", "%(num)s working hours", number)
    return ngettext("%(num)s day", "%(num)s days", number)


def cause_text(cause: str) -> str:
    """Return what set a run or a move off."""
    match cause:
        case "clock":
            return gettext("by the clock")
        case "event" | "change":
            return gettext("by a change")
    return gettext("by a person")
