"""The words that may stand at a key: entities, fields, roles, messages of the documents around it."""

from typing import Any, get_args

from flask_babel import lazy_gettext as _l
from pydantic import create_model

from portal.fields import FIELD_TYPES, Field
from portal.forms.document.control import Path
from portal.forms.document.names import NAMES, name_of
from portal.forms.document.words import UNDER, WORDS
from portal.schema import Catalog, Entity

__all__ = ["OPTION", "OptionPart", "keys", "name_of", "of", "word"]

OPTION: Any = get_args(FIELD_TYPES["choice"].model_fields["options"].annotation)[0]
Choices = list[tuple[str, Any]]

ENTITIES = ("on", "entity", "from", "parent_entity")
ROLES = ("role", "owner_role", "manager")
FIELDS = (
    "fields",
    "columns",
    "board",
    "calendar",
    "filters",
    "wide",
    "search",
    "title",
    "parent",
    "at",
    "field",
    "since",
    "shows",
    "asks",
    "stamps",
    "match",
    "fill",
    "within",
    "by",
)

THERE = ("since", "stamps", "match", "skill", "through", "at", "title", "parent", "board", "calendar", "within")
"""Keys that name one field which is there already."""
DATED = ("since", "stamps", "at", "calendar", "within")
POINTING = ("through", "parent")

# One option of a choice field as documents write it: its words in both languages beside what else an option has.
_REST: dict[str, Any] = {
    name: (info.annotation, info.default)
    for name, info in OPTION.model_fields.items()
    if name not in ("key", "label", "zh", "en")
}
OptionPart = create_model("OptionPart", zh=(str, ""), en=(str, ""), **_REST)


def word(value: object, key: object = "") -> Any:
    """Return what people call a word of a closed list, which stands under a key."""
    if (meant := UNDER.get(str(key), {}).get(str(value))) is not None:
        return meant
    return WORDS.get(str(value), NAMES.get(str(value), str(value)))


def closed(path: Path, catalog: Catalog, subject: Entity | None) -> Choices:
    """Return all words that a key may have, where there is nothing else to write; else nothing."""
    key, above = path[-1], path[-2] if len(path) > 1 else ""
    if above in ("set", "given"):
        return _options(subject.fields.get(str(key)) if subject else None)
    if key == "to" and (above == "mail" or len(path) == 1):
        return [(name, one.label) for name, one in subject.fields.items() if one.type.is_mailbox] if subject else []
    if key in (*ENTITIES, *ROLES, "message", "confirmation", "survey", "coupon"):
        return of(path, catalog, None)
    if key in ("to", "escalate_to") and (above in ("task", "notify", "assign") or "levels" in path):
        people = [(word, WORDS[word]) for word in ("owner", "creator", "lead")]
        return [*people, *((name, role.label) for name, role in catalog.roles.items())]
    if path[0] == "rules" and key in ("to", "fallback"):
        return [(name, role.label) for name, role in catalog.roles.items()]
    if path == ("otherwise",):
        return [("pool", NAMES["pool"]), *((name, role.label) for name, role in catalog.roles.items())]
    if key in THERE and subject is not None and "tests" not in path:
        return [(name, one.label) for name, one in subject.fields.items() if _suits(str(key), one)]
    task = catalog.entities.get("task")
    if above == "task" and task is not None and key in task.fields:
        return list(task.fields[str(key)].type.choices() or ())
    return []


def of(path: Path, catalog: Catalog, subject: Entity | None) -> Choices:
    """Return the words that fit a key."""
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    if key == "columns" and "form" in path:
        return []  # of a section: how many
    if key == "tabs":
        return _tabs(catalog, subject)
    if key in ENTITIES or (key == "to" and "fields" in path):
        return [(name, entity.label) for name, entity in catalog.entities.items()]
    if key in (*ROLES, "roles"):
        return [(name, role.label) for name, role in catalog.roles.items()]
    if key == "to":
        return [("owner", _l("Owner")), *((name, role.label) for name, role in catalog.roles.items())]
    if key == "confirmation":
        return [(name, noun.label) for name, noun in catalog.confirmations.items()]
    if key == "survey":
        return [(name, noun.label) for name, noun in catalog.surveys.items()]
    if key == "coupon":
        return [(name, noun.label) for name, noun in catalog.coupons.items()]
    if key == "duplicates":
        return [(name, noun.label) for name, noun in catalog.duplicates.items()]
    if key == "message":
        return [(name, message.label) for name, message in catalog.messages.items()]
    if subject is None or key not in (*FIELDS, "sort", "sum", "avg", "min", "max", "count", "last", "first"):
        return []
    fields: Choices = [(name, field.label) for name, field in subject.fields.items()]
    if key != "sort":
        return fields
    return [pair for name, label in fields for pair in ((name, f"{label} ↑"), (f"-{name}", f"{label} ↓"))]


def _suits(key: str, field: Field) -> bool:
    """Whether a key may name the field, as far as its type says."""
    return (key not in DATED or field.type.is_time) and (key not in POINTING or field.type.target is not None)


def _options(field: Field | None) -> Choices:
    """The options of a field with one value of several."""
    return list(field.type.choices() or ()) if field is not None and not field.type.is_many else []


def _tabs(catalog: Catalog, subject: Entity | None) -> Choices:
    """The timeline, and the entities whose records belong to this one's."""
    keys = subject.tab_keys() if subject is not None else ("timeline",)
    names = {"timeline": _l("Timeline"), **{key: entity.plural for key, entity in catalog.entities.items()}}
    return [(key, names[key.partition("-")[0]]) for key in keys]


def keys(path: Path, catalog: Catalog, subject: Entity | None) -> Choices:
    """Return the keys that a new part of a mapping may have; empty where any may be chosen."""
    if path == ("entities",):
        return [(name, entity.label) for name, entity in catalog.entities.items()] + [("any", _l("Any other"))]
    if path == ("layouts",):
        return [(name, role.label) for name, role in catalog.roles.items()]
    if path and path[-1] in ("set", "fallbacks", "completeness", "given") and subject is not None:
        return [(name, field.label) for name, field in subject.fields.items()]
    if path == ("fields",) and subject is None:
        return [
            (f"{name}.{key}", f"{entity.label} · {field.label}")
            for name, entity in catalog.entities.items()
            for key, field in entity.fields.items()
        ]
    return []
