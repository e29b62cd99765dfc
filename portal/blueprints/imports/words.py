"""What states, fates and choices of an import are called."""

from flask_babel import lazy_gettext as _l

STATES = {
    "planning": (_l("Choose columns"), "gray"),
    "checking": (_l("Being checked"), "blue"),
    "checked": (_l("Ready to import"), "yellow"),
    "running": (_l("Being imported"), "blue"),
    "done": (_l("Imported"), "green"),
    "undoing": (_l("Being undone"), "blue"),
    "undone": (_l("Undone"), "gray"),
}
FATES = {
    "created": (_l("Newly created"), "green"),
    "updated": (_l("Updated"), "blue"),
    "unchanged": (_l("Unchanged"), "gray"),
    "skipped": (_l("Left out"), "yellow"),
    "refused": (_l("Refused"), "red"),
}
PLANNED = {
    **FATES,
    "created": (_l("To be created"), "green"),
    "updated": (_l("To be updated"), "blue"),
    "skipped": (_l("To be left out"), "yellow"),
}
OUTCOMES = {
    "archived": (_l("New ones archived"), "gray"),
    "restored": (_l("Changed ones as before"), "blue"),
    "kept": (_l("Left as they are"), "yellow"),
}
MODES = {
    "upsert": _l("Create what is new, update what is there"),
    "create": _l("Create only; leave out what is there"),
    "update": _l("Update only; leave out what is new"),
}
READINGS = {
    "encoding": {
        "utf-8": "UTF-8",
        "utf-8-sig": "UTF-8 (BOM)",
        "gb18030": "GBK / GB18030",
        "big5hkscs": "Big5",
        "utf-16": "UTF-16",
        "utf-16-le": "UTF-16 LE",
        "utf-16-be": "UTF-16 BE",
        "cp1252": "Windows-1252",
    },
    "separator": {",": ",", ";": ";", "\t": _l("Tab"), "|": "|"},
    "days": {
        "dmy": _l("31/12/2026: day first"),
        "mdy": _l("12/31/2026: month first"),
        "ymd": _l("26/12/31: year first"),
    },
    "decimal": {".": _l("1,234.56: point"), ",": _l("1.234,56: comma")},
}
WHY = {
    "changed": _l("Changed since"),
    "taken": _l("Another record has the value it had before"),
    "used": _l("Others point at it that came later"),
    "misplaced": _l("Where it stood before, it would now stand below itself or too deep"),
}
MOVING = ("checking", "running", "undoing")
