"""The lanes of each part of a layout: sections of the form, columns and filters of the list, panels and tabs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from portal.fields import row_id
from portal.schema import nouns

PARTS = (FORM, *_) = ("form", "list", "detail")
MODELS: dict[str, type[nouns.Noun]] = {"list": nouns.ListNoun, "detail": nouns.DetailNoun}
GROUPS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {  # part → groups with the keys of their lanes
    "list": (("columns", ("columns",)), ("filters", ("filters",))),
    "detail": (("panels", ("main", "rail")), ("tabs", ("tabs",))),
}
FOLDS: dict[str, bool | None] = {"": None, "open": False, "folded": True}


class Sent(Protocol):
    """What a browser sent."""

    def get(self, key: str) -> str | None: ...


@dataclass
class Lane:
    """One lane: `cards` and `wide` are the lists of the part itself, so that a change of them is one of the part."""

    key: str
    cards: list[str]
    section: dict[str, Any] | None = None
    wide: list[str] = field(default_factory=list)

    @property
    def fold(self) -> str:
        """How the section begins, as the select box says it."""
        said = (self.section or {}).get("folded")
        return next(word for word, value in FOLDS.items() if value == said)


@dataclass
class Group:
    """Lanes between which cards may go."""

    key: str
    lanes: list[Lane]

    @property
    def placed(self) -> set[str]:
        """The cards that stand in a lane."""
        return {card for lane in self.lanes for card in lane.cards}


def read(part: str, raw: Any) -> Any:
    """Return a part with all its lists there; raises ValueError for another shape."""
    if part == FORM:
        return [_section(item) for item in _checked(raw or [], list)]
    value = _checked(raw or {}, dict)
    for _group, keys in GROUPS[part]:
        for key in keys:
            value[key] = _words(value.get(key, MODELS[part].model_fields[key].default))
    return value


def groups(part: str, value: Any) -> list[Group]:
    """Return the lanes of a part."""
    if part == FORM:
        return [Group("fields", [_lane(number, section) for number, section in enumerate(value)])]
    return [Group(group, [Lane(key, value[key]) for key in keys]) for group, keys in GROUPS[part]]


def written(part: str, value: Any, before: Any, usual: Mapping[str, Any]) -> Any:
    """Return a part as a document says it: what is usual is left out, unless it stood there before."""
    if part == FORM:
        return [{key: said for key, said in section.items() if key != "wide" or said} for section in value]
    said = before if isinstance(before, dict) else {}
    return {key: one for key, one in value.items() if key in said or one != usual.get(key)}


def usual(part: str, base: Any = None) -> dict[str, Any]:
    """Return what holds where a part says nothing: what everybody has, or the models' own values."""
    if part == FORM:
        return {}
    told = {key: info.default for key, info in MODELS[part].model_fields.items()} | (base or {})
    return {key: list(one) if isinstance(one, tuple) else one for key, one in told.items()}


def keep(part: str, value: Any, sent: Sent) -> None:
    """Take what the inputs say into the part."""
    if part == "list" and (opens := sent.get("opens")):
        value["opens"] = opens
    for number, section in enumerate(value if part == FORM else ()):
        _label(section, sent.get(f"zh-{number}"), sent.get(f"en-{number}"))
        columns, fold = sent.get(f"columns-{number}"), sent.get(f"fold-{number}")
        if columns is not None:
            _put(section, "columns", row_id(columns))
        if fold in FOLDS:
            _put(section, "folded", FOLDS[fold])


def _put(section: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        section.pop(key, None)
    else:
        section[key] = value


def _label(section: dict[str, Any], zh: str | None, en: str | None) -> None:
    told = section["section"] if isinstance(section["section"], dict) else {"zh": section["section"]}
    now = {side: text.strip() for side, text in (("zh", zh), ("en", en)) if text is not None and text.strip()}
    if now and any(told.get(side, "") != text for side, text in now.items()):
        section["section"] = {**told, **now}


def _lane(number: int, section: dict[str, Any]) -> Lane:
    return Lane(str(number), section["fields"], section, section["wide"])


def _section(raw: Any) -> dict[str, Any]:
    section: dict[str, Any] = _checked(raw, dict)
    wide = _words(section.get("wide"))
    return {**section, "section": section.get("section", ""), "fields": _words(section.get("fields")), "wide": wide}


def _words(raw: Any) -> list[str]:
    return [raw] if isinstance(raw, str) else [str(word) for word in _checked(list(raw or ()), list)]


def _checked(raw: Any, kind: type) -> Any:
    if not isinstance(raw, kind):
        raise ValueError(f"not a {kind.__name__}")  # a fault of the document, not of the caller
    return raw
