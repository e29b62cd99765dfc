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
WHY = {
    "changed": _l("Changed since"),
    "taken": _l("Another record has the value it had before"),
    "used": _l("Others point at it that came later"),
}
MOVING = ("checking", "running", "undoing")
