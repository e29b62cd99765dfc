"""How the layout of a role differs from that of everybody, and how a card of theirs is taken over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from portal.forms.arrangement import Arrangement
from portal.forms.lanes import Group, Lane


@dataclass(frozen=True)
class Unlike:
    """One group of lanes: cards that only everybody has, only the role has, or that stand in another lane or order."""

    group: str
    missing: Sequence[str]
    extra: Sequence[str]
    moved: Sequence[str]
    turned: Sequence[Lane]  # lanes with the same cards in another order
    lanes: Sequence[Lane]  # sections that everybody has not

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.moved or self.turned or self.lanes)


def unlike(own: Arrangement) -> Iterator[Unlike]:
    """What differs in each group; nothing where the role has no part of its own."""
    if own.role and own.is_own:
        for mine, theirs in zip(own.groups(), _base(own).groups(), strict=True):
            if found := _compared(mine, theirs):
                yield found


def taken(own: Arrangement, group: str, cards: Sequence[str]) -> str:
    """The text with cards of everybody's layout put where everybody has them, as far as the role's has the place."""
    text = own.text
    theirs = next(one for one in _base(own).groups() if one.key == group)
    for card in cards:
        home = next(lane for lane in theirs.lanes if card in lane.cards)
        now = Arrangement(text, own.part, own.role)
        lane = _like(home, next(one for one in now.groups() if one.key == group).lanes)
        text = now.move(group, card, lane.key, _before(card, home, lane)) if lane else text
    return text


def _base(own: Arrangement) -> Arrangement:
    return Arrangement(own.text, own.part)


def _compared(mine: Group, theirs: Group) -> Unlike:
    stands = {card: _name(lane) for lane in mine.lanes for card in lane.cards}
    stood = {card: _name(lane) for lane in theirs.lanes for card in lane.cards}
    named = {_name(lane): lane for lane in theirs.lanes}
    both = {_name(lane): lane for lane in mine.lanes if _name(lane) in named}
    return Unlike(
        mine.key,
        [card for card in stood if card not in stands],
        [card for card in stands if card not in stood],
        [card for card in stands if card in stood and stands[card] != stood[card]],
        [lane for name, lane in both.items() if _order(lane, stood, name) != _order(named[name], stands, name)],
        [lane for lane in mine.lanes if lane.section and _name(lane) not in named],
    )


def _order(lane: Lane, elsewhere: dict[str, str], name: str) -> list[str]:
    """The cards of a lane that stand in the lane of that name on both sides."""
    return [card for card in lane.cards if elsewhere.get(card) == name]


def _name(lane: Lane) -> str:
    """What tells lanes of two layouts apart: the title of a section, else the key."""
    told: Any = lane.section["section"] if lane.section else lane.key
    return str(told.get("zh") or told.get("en") or "") if isinstance(told, dict) else str(told)


def _like(home: Lane, lanes: Sequence[Lane]) -> Lane | None:
    """The lane of that name, else the one that has most of its cards."""
    same = [lane for lane in lanes if _name(lane) == _name(home)]
    return next(iter(same), None) or max(lanes, key=lambda lane: len(set(lane.cards) & set(home.cards)), default=None)


def _before(card: str, home: Lane, lane: Lane) -> str:
    """The card before which it goes: behind the nearest one above it that is there, else before the nearest below."""
    place = home.cards.index(card)
    for known in reversed(home.cards[:place]):
        if known in lane.cards:
            return next(iter(lane.cards[lane.cards.index(known) + 1 :]), "")
    return next((known for known in home.cards[place + 1 :] if known in lane.cards), "")
