"""The words of closed lists as people call them: abilities, colours, reaches of rights."""

from typing import Any

from flask_babel import lazy_gettext as _l

ABILITIES: dict[str, Any] = {
    "import": _l("import"),
    "export": _l("export"),
    "studio.office": _l("shape one's own office"),
    "studio.edit": _l("edit the schema"),
    "studio.publish": _l("publish releases"),
    "people.manage": _l("keep people"),
    "audit.read": _l("read the audit log"),
    "jobs.manage": _l("look after jobs"),
    "campaigns.edit": _l("write campaigns"),
    "campaigns.send": _l("send campaigns"),
    "segments.edit": _l("edit segments"),
    "reports.run": _l("run reports"),
    "reveal": _l("see behind masks, with a reason"),
    "tickets.work": _l("work tickets"),
    "bulk.approve": _l("Approve bulk exports and changes"),
    "admin": _l("look into system tables"),
}

COLOURS: dict[str, Any] = {
    "blue": _l("Blue"),
    "azure": _l("Azure"),
    "indigo": _l("Indigo"),
    "purple": _l("Purple"),
    "pink": _l("Pink"),
    "red": _l("Red"),
    "orange": _l("Orange"),
    "yellow": _l("Yellow"),
    "lime": _l("Lime"),
    "green": _l("Green"),
    "teal": _l("Teal"),
    "cyan": _l("Cyan"),
    "gray": _l("Gray"),
    "secondary": _l("Pale gray"),
}
WORDS: dict[str, Any] = {
    **ABILITIES,
    **COLOURS,
    "none": _l("No rows"),
    "own": _l("Own"),
    "team": _l("Team"),
    "office": _l("Office"),
    "all": _l("All"),
    "hide": _l("Hide"),
    "mask": _l("Mask"),
    "read": _l("Read"),
    "write": _l("Write"),
    "created": _l("Created"),
    "changed": _l("Changed"),
    "public": _l("Public"),
    "internal": _l("Internal"),
    "personal": _l("Personal"),
    "sensitive": _l("Sensitive"),
    "owner": _l("Owner"),
    "creator": _l("Whoever created it"),
    "lead": _l("The team's lead"),
}
