"""The documents by kind, with what people call them and what the draft does to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.blueprints.studio import unused
from portal.fields import Text
from portal.schema import check, drafts, nouns

NAMES: dict[str, tuple[Any, str, Any]] = {  # kind → (name, icon, what it is for)
    "entities": (_l("Entities"), "database", _l("Kinds of records, their fields, forms and lists")),
    "tags": (_l("Tags"), "tags", _l("Words tied to records, by hand or by rule")),
    "metrics": (_l("Metrics"), "chart-bar", _l("Figures rolled up over related records")),
    "tiers": (_l("Tiers"), "crown", _l("Levels by rule, with the care each gets")),
    "scoring": (_l("Scoring"), "target-arrow", _l("Points for what a record is and does, fading with time")),
    "assignment": (_l("Assignment"), "users", _l("Who gets new records, and the public pool")),
    "duplicates": (_l("Duplicates"), "copy", _l("When two records are one and the same")),
    "quality": (_l("Data quality"), "circle-check", _l("What records should be like: complete, valid, unique, fresh")),
    "confirmations": (_l("Confirmations"), "mail-opened", _l("What customers confirm of their own details by a link")),
    "surveys": (_l("Surveys"), "forms", _l("Questions that customers answer by a link")),
    "coupons": (_l("Coupons"), "discount", _l("Codes that are worth something to a customer, and how long they hold")),
    "providers": (_l("Outside data"), "world", _l("Other systems that are asked for values of records")),
    "workflows": (_l("Workflows"), "route", _l("What happens by itself, step by step")),
    "calendars": (_l("Calendars"), "calendar", _l("Working hours and holidays")),
    "segments": (_l("Segments"), "target", _l("Named sets of records for campaigns")),
    "messages": (_l("Messages"), "mail", _l("Templates of e-mails and answers")),
    "reports": (_l("Reports"), "report-analytics", _l("Sections of PDF reports and their schedule")),
    "roles": (_l("Roles"), "shield-check", _l("Who may do and see what")),
}


@dataclass(frozen=True)
class Item:
    """One document on the shelf."""

    path: str
    label: str
    state: str
    problems: int
    unused: Any = ""  # why nobody needs it, as far as one can know

    @property
    def key(self) -> str:
        """Return the document's key."""
        return PurePosixPath(self.path).stem


@dataclass(frozen=True)
class Shelf:
    """All documents of one kind."""

    kind: str
    name: Any
    icon: str
    about: Any
    items: Sequence[Item]


def shelves(seen: drafts.Workspace, result: check.CheckResult) -> list[Shelf]:
    """Return every kind with its documents, those the draft takes away too."""
    paths = sorted({*seen.published, *seen.documents})
    faults: dict[str, int] = {}
    for problem in result.errors:
        faults[problem.file] = faults.get(problem.file, 0) + 1
    idle = unused.documents(result)

    def item(path: str) -> Item:
        label = label_of(result.trees.get(path)) or PurePosixPath(path).stem
        return Item(path, label, seen.state(path), faults.get(path, 0), idle.get(path, ""))

    return [
        Shelf(kind, *NAMES[kind], [item(path) for path in paths if path.startswith(f"{kind}/")]) for kind in nouns.KINDS
    ]


def label_of(tree: object) -> str:
    """Return what people call a document, also when other parts of it are wrong."""
    told = tree.get("label") if isinstance(tree, dict) else None
    if isinstance(told, str):
        return told
    try:
        return str(Text.model_validate(told))
    except ValueError:
        return ""
