"""The acts of the layout editor: each a word with its facts, done to the text and said in a sentence."""

from collections.abc import Callable
from typing import Any, Protocol

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.blueprints.studio.layout_outline import Outline
from portal.forms import unlike

WALKS = {"undo": -1, "redo": 1}  # acts that go through what was done before
FRESH = {"zh": "新的分区", "en": "New section"}
Done = tuple[str, str]  # the text and what happened


class Sent(Protocol):
    """What a browser sent."""

    def get(self, key: str) -> str | None: ...


def done(outline: Outline, sent: Sent) -> Done:
    """Take the inputs, then do the act; one that was made up by hand changes nothing."""
    verb, *facts = (sent.get("act") or "").split("/")
    try:
        return _did(outline, sent, verb, facts)
    except (TypeError, ValueError, IndexError, StopIteration):
        return outline.shown.text, _("Kept in your draft.")


def _did(outline: Outline, sent: Sent, verb: str, facts: list[str]) -> Done:
    if verb == "base":
        return outline.shown.as_everybody(), _("This role has the layout of everybody again.")
    text = outline.shown.kept(sent)
    act = ACTS.get(verb)
    return act(outline.with_text(text), *facts) if act else (text, _("Kept in your draft."))


def _move(outline: Outline, group: str, card: str, to: str, before: str = "") -> Done:
    if card not in _cards(outline, group):
        raise ValueError(card)
    return _told(outline, outline.shown.move(group, card, to, before), group, card)


def _step(outline: Outline, group: str, card: str, by: str) -> Done:
    return _told(outline, outline.shown.step(group, card, -1 if by == "up" else 1), group, card)


def _widen(outline: Outline, group: str, card: str) -> Done:
    text = outline.shown.widen(card)
    return text, _("The width of %(card)s is changed.", card=outline.name(group, card))


def _add(outline: Outline) -> Done:
    return outline.shown.add_section(FRESH), _("A new section stands at the end.")


def _take(outline: Outline, group: str, *cards: str) -> Done:
    """Take over one card of everybody's layout, or all that are missing."""
    missing = next(one.missing for one in unlike.unlike(outline.shown) if one.group == group)
    wanted = [card for card in missing if card in cards or not cards]
    text = unlike.taken(outline.shown, group, wanted)
    if len(wanted) == 1:
        return _told(outline, text, group, wanted[0])
    return text, ngettext("%(num)d is taken over.", "%(num)d are taken over.", len(wanted))


def _drop(outline: Outline, number: str) -> Done:
    return outline.shown.drop_section(int(number)), _("The section is gone; its fields lie in the tray.")


def _shift(outline: Outline, number: str, to: str) -> Done:
    return outline.shown.shift_section(int(number), int(to)), _(
        "The section stands in place %(place)s.", place=int(to) + 1
    )


def _told(outline: Outline, text: str, group: str, card: str) -> Done:
    """Say where the card stands now."""
    name = outline.name(group, card)
    for lane in _lanes(outline.with_text(text), group):
        keys = [one.key for one in lane.cards]
        if card in keys:
            facts = {"card": name, "lane": lane.title, "place": keys.index(card) + 1, "count": len(keys)}
            return text, _("%(card)s stands in %(lane)s, place %(place)s of %(count)s.", **facts)
    return text, _("%(card)s lies in the tray.", card=name)


def _lanes(outline: Outline, group: str) -> Any:
    return next(one.lanes for one in outline.groups() if one.key == group)


def _cards(outline: Outline, group: str) -> set[str]:
    """All cards of a group, placed and not."""
    found = next(one for one in outline.groups() if one.key == group)
    return {card.key for cards in (found.tray, *(lane.cards for lane in found.lanes)) for card in cards}


ACTS: dict[str, Callable[..., Done]] = {
    "move": _move,
    "step": _step,
    "wide": _widen,
    "add": _add,
    "drop": _drop,
    "shift": _shift,
    "take": _take,
}
