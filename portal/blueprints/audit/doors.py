"""The names of the doors at which guarded fields are seen, for people: of a view, of its room, or of a job."""

from flask_babel import lazy_gettext as _l

from portal import jobs

DOORS = {
    "records.index": _l("List"),
    "records.show": _l("Record page"),
    "records.edit": _l("Form"),
    "records.new": _l("Form"),
    "records.cell": _l("Form"),
    "records.reveal": _l("Behind a mask"),
    "records.history": _l("History"),
    "records.choices": _l("Choices while typing"),
    "records.download": _l("File"),
    "records.board": _l("Board"),
    "records.month": _l("Calendar"),
    "home.search": _l("Search"),
    "audit.index": _l("Audit log"),
}
ROOMS = {
    "records": _l("List"),
    "home": _l("Home page"),
    "audit": _l("Who saw what"),
    "desk": _l("Ticket at the desk"),
    "campaigns": _l("Campaign"),
    "segments": _l("Segment"),
    "duplicates": _l("Duplicates"),
    "follow_ups": _l("Follow-up"),
    "exports": _l("Export"),
    "imports": _l("Import"),
    "reports": _l("Report"),
    "tiers": _l("Tiers"),
    "workflows": _l("Workflows"),
    "approvals": _l("Approvals"),
    "pool": _l("Public pool"),
    "studio": _l("Schema"),
    "public": _l("Public page"),
    "jobs": _l("Jobs"),
    "admin": _l("System tables"),
    "backups": _l("Backups"),
    "confirmations": _l("Confirmations"),
    "surveys": _l("Surveys"),
    "coupons": _l("Coupons"),
    "files": _l("Files"),
    "keys": _l("Encryption keys"),
    "merging": _l("Merge"),
    "people": _l("People"),
    "providers": _l("Provider"),
    "quality": _l("Data quality"),
    "webhooks": _l("Webhooks"),
}


def door(key: str) -> str:
    """What people call a door, or its key where nobody named it."""
    named = DOORS.get(key) or ROOMS.get(key.partition(".")[0] if key not in jobs.kinds.KINDS else "")
    return str(named or jobs.kinds.label_of(key))
