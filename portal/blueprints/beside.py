"""Two records side by side: what differs, which values are chosen, and their merge."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from portal.blueprints import screens
from portal.duplicates import merging, queue
from portal.errors import Conflict, Invalid
from portal.extensions import db
from portal.records import Record, fetch

SIDES = ("first", "second")
BOTH = "both"


def compared(two: queue.Two) -> dict[str, Any]:
    """What the page needs: which record stays, the fields that differ with the side chosen, and those that are equal.

    What came with the form is kept, so that a page drawn again loses no choice.
    """
    keep = request.values.get("keep", "")
    keep = keep if keep in SIDES else ("first" if two.second.may("archive") else "second")
    survivor, loser = _ends(two, keep)
    rows = []
    for field in merging.choosable(survivor, loser):
        side = merging.proposed(survivor, loser, field)
        chosen = {merging.MINE: keep, merging.THEIRS: _other(keep)}.get(side, BOTH)
        rows.append((field, request.form.get(f"side.{field.key}", chosen)))
    same = [field for key, field in two.first.visible().items() if _is_equal(two, key)]
    return {"one": two, "keep": keep, "rows": rows, "same": same}


def merged(two: queue.Two) -> merging.Merge:
    """Merge the two as the form says and tell it.

    Raises Invalid once it is told, and Conflict with `two` as they stand now; nothing is written then.
    """
    keep, entity_key = request.form["keep"], two.first.entity.key
    survivor, loser = _ends(two, keep)
    ids = survivor.values["id"], loser.values["id"]
    try:
        done = merging.merge(entity_key, *ids, by=screens.me(), sides=_sides(survivor, loser, keep), seen=_seen(keep))
    except Invalid as refused:
        db.session.rollback()
        screens.tell(" ".join(str(text) for text in refused.problems.values()), "danger")
        raise
    except Conflict:
        db.session.rollback()
        for side in SIDES:
            setattr(two, side, fetch(entity_key, getattr(two, side).values["id"], screens.me()))
        raise
    screens.tell(_("Merged into %(name)s.", name=survivor.title), undo=url_for("duplicates.undo", merge_id=done.id))
    return done


def _ends(two: queue.Two, keep: str) -> tuple[Record, Record]:
    """The record that stays and the one that goes."""
    return (two.first, two.second) if keep == SIDES[0] else (two.second, two.first)


def _other(side: str) -> str:
    return SIDES[1 - SIDES.index(side)]


def _sides(survivor: Record, loser: Record, keep: str) -> dict[str, str]:
    words = {keep: merging.MINE, _other(keep): merging.THEIRS, BOTH: merging.BOTH}
    fields = merging.choosable(survivor, loser)
    return {one.key: words[side] for one in fields if (side := request.form.get(f"side.{one.key}", "")) in words}


def _seen(keep: str) -> tuple[int, int] | None:
    """The versions that stood on the page: of the record that stays, and of the other."""
    mine, theirs = (request.form.get(f"version.{side}", type=int) for side in (keep, _other(keep)))
    return None if mine is None or theirs is None else (mine, theirs)


def _is_equal(two: queue.Two, key: str) -> bool:
    value = two.first[key]
    return value is not None and value == two.second[key] and key not in merging.KEPT
