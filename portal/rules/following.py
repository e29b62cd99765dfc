"""What follows from a change: figures of those it belongs to, then levels, scores and tags of all it concerns.

One listener for all of them, for they ask for the same rows: what `Glance` has read serves until a rule writes.
"""

from collections.abc import Collection, Iterator

from portal import schema
from portal.events import Event
from portal.rules import first, metrics, quality, scoring, tags, tiers
from portal.rules.glance import Glance

CHUNK = 500
CREATED = ("record.created", "records.created")
TIERS, SCORES, TAGS, QUALITY = "tiers", "scores", "tags", "quality"
ALL = frozenset({TIERS, SCORES, TAGS, QUALITY})
RULES = {
    "tier.moved": {SCORES, TAGS, QUALITY},
    "score.moved": {TIERS, TAGS, QUALITY},
    "tags.changed": {TIERS, SCORES, QUALITY},
}
"""Which rules hear of the deeds of others; of records all of them do."""


def hear(event: Event) -> None:
    """Listen *with* a change of records, of levels, bands or tags."""
    wanted = RULES.get(event.kind)
    if wanted is None:
        _settle_others(event)
    ids, entity_key = event.data.get("ids") or [event.record_id], event.entity or ""
    is_new = event.kind in CREATED
    given = first.fields(entity_key, _told(event)) if is_new else ()
    for chunk in _chunks(ids):
        _settle(Glance(entity_key, chunk, is_new=is_new, given=given), _changed(event), wanted or ALL)


def _settle_others(event: Event) -> None:
    """Those that the changed records belong to: their figures, and what follows from these or from the deed itself."""
    moved: dict[str, set[int]] = {}
    for entity_key, ids in metrics.follow(event):
        moved.setdefault(entity_key, set()).update(ids)
    for entity_key, ids in moved.items():
        for chunk in _chunks(ids):
            _settle(Glance(entity_key, chunk), None, ALL)
    for entity_key, ids in scoring.concerned(event):
        for chunk in _chunks(ids - moved.get(entity_key, set())):
            _settle(Glance(entity_key, chunk), None, {SCORES})


def _settle(glance: Glance, changed: Collection[str] | None, wanted: Collection[str]) -> None:
    if TIERS in wanted:
        tiers.follow(glance, changed, "change")
    if SCORES in wanted:
        scoring.follow(glance, changed)
    if TAGS in wanted:
        tags.follow(glance, changed)
    if QUALITY in wanted:
        quality.follow(glance, changed)


def _changed(event: Event) -> set[str] | None:
    """The fields that have changed; None where anything may have."""
    changed = _told(event)
    if event.kind == "score.moved":  # tells the band, and the points have moved as well
        changed.add(schema.current().scoring[event.data["scoring"]].field)
    return changed if changed and event.kind.endswith((".changed", ".moved")) else None


def _told(event: Event) -> set[str]:
    return set(event.data.get("changes", ())) | set(event.data.get("fields", ()))


def _chunks(ids: Collection[int]) -> Iterator[list[int]]:
    listed = sorted(ids)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
