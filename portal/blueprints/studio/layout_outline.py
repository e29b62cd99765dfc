"""What the layout editor shows: lanes and trays of cards in people's words, with what each card means to the role."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import lazy_gettext as _l

from portal import schema
from portal.fields import Field, Text
from portal.forms import arrangement, lanes, unlike
from portal.schema import Catalog, Entity, nouns
from portal.security import policy
from portal.security.policy import Access

Names = Mapping[str, Any]
TITLES = {
    "fields": _l("Sections and fields"),
    "columns": _l("Columns of the list"),
    "filters": _l("Filters in reach"),
    "panels": _l("Panels"),
    "tabs": _l("Tabs of what is related"),
    "main": _l("Main part"),
    "rail": _l("Side rail"),
}
PANELS: Names = {
    "facts": _l("Details"),
    "related": _l("Related"),
    "steps": _l("Next steps"),
    "files": _l("Files"),
    "standing": _l("Tier and tags"),
    "scores": _l("Scores"),
    "figures": _l("Figures"),
    "coupons": _l("Coupons"),
    "keepers": _l("Responsible"),
}
TIMELINE = "timeline"
NEVER = ("id", "version", "archived_at")  # of use to the portal, not to readers
Mark = tuple[str, Any]  # an icon and what it says


@dataclass(frozen=True)
class Holder:
    """Somebody with one role alone, for asking what the role may see."""

    role_keys: tuple[str, ...]
    id: int | None = None
    name: str = ""
    office_id: int | None = None
    team_id: int | None = None


@dataclass(frozen=True)
class Card:
    """A field, panel or tab."""

    key: str
    label: Any
    marks: Sequence[Mark] = ()
    is_wide: bool = False


@dataclass(frozen=True)
class Lane:
    """A lane with its cards; `section` holds the facts of a section of the form."""

    key: str
    title: Any
    cards: Sequence[Card]
    section: Mapping[str, Any] | None = None
    fold: str = ""

    @property
    def words(self) -> Mapping[str, str]:
        """The title in both languages, as the inputs show it."""
        told = self.section["section"] if self.section else {}
        return told if isinstance(told, dict) else {"zh": str(told), "en": ""}


@dataclass(frozen=True)
class Group:
    """Lanes between which cards go, and the tray of those that stand in none."""

    key: str
    title: Any
    lanes: Sequence[Lane]
    tray: Sequence[Card]


@dataclass(frozen=True)
class Difference:
    """A group that a role has otherwise: the cards that it lacks, and what else differs, by what it is."""

    key: str
    title: Any
    missing: Sequence[Card]
    told: Sequence[tuple[Any, Sequence[Any]]]


@dataclass(frozen=True)
class Outline:
    """One part of the layout of an entity, for everybody or for one role."""

    entity: Entity
    catalog: Catalog
    shown: arrangement.Arrangement
    hidden: frozenset[str] = field(default_factory=frozenset)

    def with_text(self, text: str) -> "Outline":
        """The outline of the same part after a change."""
        return replace(self, shown=arrangement.Arrangement(text, self.shown.part, self.shown.role))

    @property
    def opens(self) -> str:
        """The way the list opens."""
        return str(self.shown.value.get("opens") or "list")

    def groups(self) -> Iterator[Group]:
        """The groups of the part."""
        for group in self.shown.groups():
            known = self._known(group.key)
            shown = [
                Lane(
                    lane.key,
                    _called(lane),
                    [self._card(key, known, lane) for key in lane.cards],
                    lane.section,
                    lane.fold,
                )
                for lane in group.lanes
            ]
            tray = [self._card(key, known) for key in known if key not in group.placed]
            yield Group(group.key, TITLES[group.key], shown, tray)

    def unlikes(self) -> Iterator[Difference]:
        """What the role's layout has otherwise than that of everybody, in people's words."""
        for one in unlike.unlike(self.shown):
            known = self._known(one.group)
            missing, extra, moved = (
                [Card(key, known.get(key, key)) for key in keys] for keys in (one.missing, one.extra, one.moved)
            )
            turned, lanes = ([_called(lane) for lane in some] for some in (one.turned, one.lanes))
            told = ((_l("Only here"), extra), (_l("In another section"), moved))
            told += ((_l("Other order"), turned), (_l("Sections only here"), lanes))  # type: ignore[assignment]
            yield Difference(one.group, TITLES[one.group], missing, [pair for pair in told if pair[1]])

    def name(self, group: str, card: str) -> Any:
        """What people call a card."""
        return self._known(group).get(card, card)

    def _known(self, group: str) -> Names:
        if group == "panels":
            return {key: PANELS[key] for key in nouns.PANELS}
        if group == "tabs":
            return {TIMELINE: _l("Timeline"), **{side.key: side.label for side in self.entity.sides()}}
        fields = {key: one for key, one in self.entity.fields.items() if key not in NEVER}
        return {key: one.label for key, one in fields.items() if group != "filters" or one.filterable}

    def _card(self, key: str, known: Names, lane: lanes.Lane | None = None) -> Card:
        if key not in known:
            return Card(key, key, [("alert-triangle", _l("Unknown; take it off"))])
        field = self.entity.fields.get(key)
        marks = list(self._marks(field)) if field is not None else ()
        return Card(key, known[key], marks, lane is not None and key in lane.wide)

    def _marks(self, field: Field) -> Iterator[Mark]:
        if field.key in self.hidden:
            yield "eye-off", _l("Hidden from this role, wherever it stands")
        if self.shown.part != "form":
            return
        if field.required and not field.computed:
            yield "star", _l("Must be filled in")
        if field.computed:
            yield "lock", _l("Worked out; shown on the record page, not on the form")


def hidden_from(role: str, entity: Entity) -> frozenset[str]:
    """The fields that the role in force may not see; nothing is known of a role that is not published yet."""
    if role not in schema.current().roles:
        return frozenset()
    holder = Holder((role,))
    known = schema.current().entities.get(entity.key)
    return frozenset(
        key for key, one in (known.fields if known else {}).items() if policy.access(holder, one) == Access.HIDE
    )


def _called(lane: lanes.Lane) -> Any:
    return TITLES.get(lane.key) or _title(lane.section)


def _title(section: Mapping[str, Any] | None) -> Any:
    try:
        return Text.model_validate((section or {}).get("section"))
    except ValueError:
        return ""
