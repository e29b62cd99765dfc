"""The names of audited deeds for people."""

from flask_babel import lazy_gettext as _l

DEEDS = {
    "person.added": _l("Person added"),
    "person.changed": _l("Person changed"),
    "person.disabled": _l("Person disabled"),
    "person.enabled": _l("Person let in again"),
    "person.password_changed": _l("Password changed"),
    "person.password_reset": _l("One-time password given"),
    "person.signed_in": _l("Signed in"),
    "person.signed_out": _l("Signed out"),
    "person.sign_in_refused": _l("Sign-in refused"),
    "office.added": _l("Office added"),
    "office.changed": _l("Office changed"),
    "team.added": _l("Team added"),
    "team.changed": _l("Team changed"),
    "record.created": _l("Record created"),
    "record.changed": _l("Record changed"),
    "record.archived": _l("Record archived"),
    "record.restored": _l("Record restored"),
    "release.published": _l("Release published"),
}


def deed(action: str) -> str:
    """The name of a deed, or its key where nobody named it."""
    return str(DEEDS.get(action, action))
