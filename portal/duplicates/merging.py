"""Two records become one: chosen values, all relations, one transaction; and the data to undo it."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from portal import audit, clock, events, schema
from portal.duplicates import carrying, ranking, telling
from portal.duplicates.models import DISTINCT, MERGED, OPEN, DuplicatePair
from portal.duplicates.models import Merge as Merge
from portal.errors import Conflict, Invalid
from portal.extensions import db, transaction
from portal.fields import Field
from portal.records import Record, archive, at_rest, fetch, save, tables, timeline, told
from portal.security import SYSTEM, Actor, policy
from portal.security.policy import Access

KIND = "merge"
MINE, THEIRS, BOTH = "mine", "theirs", "both"
Sides = Mapping[str, str]  # field → which value the survivor gets
KEPT = frozenset(
    {"id", "version", "created_at", "created_by", "updated_at", "updated_by", "archived_at", "team", "office"}
)


def both(entity_key: str, survivor_id: int, loser_id: int, by: Actor) -> tuple[Record, Record]:
    """The two records as a person may merge them; raises NotFound, Forbidden, Invalid."""
    if survivor_id == loser_id:
        raise Invalid({"": gettext("Choose two different records.")})
    survivor = fetch(entity_key, survivor_id, by, "edit")
    loser = fetch(entity_key, loser_id, by, "archive")
    if not loser.may("edit"):
        loser = fetch(entity_key, loser_id, by, "edit")
    if survivor.is_archived or loser.is_archived:
        raise Invalid({"": gettext("One of the two is in the archive.")})
    return survivor, loser


def hold(entity_key: str, *ids: int) -> None:
    """Keep others from merging or changing these records until the transaction ends; always in the same order."""
    table = tables.table_of(entity_key)
    select = sa.select(table.c.id).where(table.c.id.in_(ids)).order_by(table.c.id).with_for_update()
    db.session.execute(select).all()


def choosable(survivor: Record, loser: Record) -> list[Field]:
    """The fields in which the two differ, that the person sees in full and may write."""
    return [
        field
        for key, field in survivor.entity.fields.items()
        if _is_own(field) and survivor.access(key) == Access.WRITE and survivor[key] != loser[key]
    ]


def _is_own(field: Field) -> bool:
    return field.key not in KEPT and not field.computed and field.expression is None


def proposed(survivor: Record, loser: Record, field: Field) -> str:
    """Which side a field takes unless a person chooses: its own value, else the other's; of several values all."""
    mine, theirs = survivor[field.key], loser[field.key]
    if mine is None or theirs is None:
        return THEIRS if theirs is not None and ranking.may_take(survivor, field, theirs) else MINE
    return BOTH if field.type.is_many else MINE


def joined(survivor: Record, loser: Record, field: Field, side: str) -> Any:
    """The value of a side."""
    mine, theirs = survivor[field.key], loser[field.key]
    if side == BOTH and field.type.is_many:
        told = [*(mine or ()), *(one for one in theirs or () if one not in (mine or ()))]
        return field.type.load(field.type.dump(type(mine or theirs)(told)))
    return theirs if side == THEIRS else mine


def merge(
    entity_key: str,
    survivor_id: int,
    loser_id: int,
    *,
    by: Actor,
    sides: Sides | None = None,
    seen: tuple[int, int] | None = None,
) -> Merge:
    """Take the loser into the survivor; `sides` says which value a field takes, else see `proposed`.

    `seen` are the versions of both that the person looked at. Raises Conflict when one of them was changed since,
    NotFound, Forbidden and Invalid as `fetch` and `save` do.
    """
    with transaction():
        hold(entity_key, survivor_id, loser_id)
        survivor, loser = both(entity_key, survivor_id, loser_id, by)
        if seen is not None and seen != (survivor.version, loser.version):
            raise Conflict
        data: dict[str, Any] = {"loser": _free_unique(survivor, loser, sides)}
        changed = _fill(survivor, loser, sides, by)
        data["references"] = _point_at(entity_key, survivor_id, loser_id, by)
        ranking.check(schema.releases.base().stored[entity_key], survivor_id)
        data["rows"] = carrying.hand_over(entity_key, loser_id, survivor_id)
        archive(fetch(entity_key, loser_id, by, "archive"), by=by)
        data["pairs"] = _settle(entity_key, survivor_id, loser_id, by)
        found = Merge(entity=entity_key, survivor_id=survivor_id, loser_id=loser_id, at=clock.now(), data={}, left=[])
        found.by_id, found.by_name = by.id, str(by.name)
        db.session.add(found)
        db.session.flush()
        tell("record.merged", found, by)
        data["survivor"] = _settled(found, changed)  # rules have heard by now
        changed_ones = [(loser_id, data["loser"]), (survivor_id, data["survivor"])]
        noted = at_rest.noted(schema.releases.base().stored[entity_key], changed_ones)
        found.data = {**data, "loser": noted[0], "survivor": noted[1]}
        return found


def _settled(found: Merge, changed: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """What changed in the survivor, with the values as they are once the rules have had their say."""
    now = fetch(found.entity, found.survivor_id, SYSTEM)
    return {key: [before, now.entity.fields[key].type.dump(now[key])] for key, (before, _after) in changed.items()}


def tell(kind: str, found: Merge, by: Actor) -> None:
    """Write a deed and an event on both records."""
    for mine, other in ((found.survivor_id, found.loser_id), (found.loser_id, found.survivor_id)):
        told = {"merge": found.id, "other": other, "is_survivor": mine == found.survivor_id}
        audit.record(kind, by=by, entity=found.entity, record_id=mine, data=told)
        events.tell(kind, entity=found.entity, record_id=mine, data=told, by=by, release=schema.current().release)


def _chosen(survivor: Record, loser: Record, sides: Sides | None) -> dict[str, Any]:
    """The values that the survivor gets, of the fields that change."""
    offered = {field.key for field in choosable(survivor, loser)}
    if sides is not None and not offered.issuperset(sides):
        raise Invalid({key: gettext("You may not fill in this field.") for key in sides.keys() - offered})
    found = {}
    for key, field in survivor.entity.fields.items():
        if _is_own(field) and survivor[key] != loser[key]:
            side = (sides or {}).get(key) or proposed(survivor, loser, field)
            found[key] = joined(survivor, loser, field, side)
    return {key: value for key, value in found.items() if value != survivor[key]}


def _free_unique(survivor: Record, loser: Record, sides: Sides | None) -> dict[str, list[Any]]:
    """Empty what the survivor takes over and only one record may have; return it with its values before and after."""
    chosen = _chosen(survivor, loser, sides)
    freed = {
        key: [loser.entity.fields[key].type.dump(value), None]
        for key, value in chosen.items()
        if loser.entity.fields[key].unique and value is not None
    }
    if freed:
        table = tables.table_of(loser.entity.key)
        columns: dict[str, Any] = {loser.entity.fields[key].column: None for key in freed}
        raised = {**columns, "version": table.c.version + 1}
        db.session.execute(sa.update(table).where(table.c.id == loser.id).values(raised))
    return freed


def _fill(survivor: Record, loser: Record, sides: Sides | None, by: Actor) -> dict[str, list[Any]]:
    """Save the chosen values; what the person may not write is filled in by the portal, so that nothing is lost."""
    chosen = _chosen(survivor, loser, sides)
    give(survivor, chosen, by)
    kinds = survivor.entity.fields
    return {key: [kinds[key].type.dump(survivor[key]), kinds[key].type.dump(value)] for key, value in chosen.items()}


def give(record: Record, values: Mapping[str, Any], by: Actor) -> None:
    """Write values into a record: references as they are, for they were allowed on the other record; others saved."""
    fields = record.entity.fields
    pointing = {key for key in values if fields[key].type.target is not None and key != "owner"}
    open_ = {key for key in values if key not in pointing and policy.access(by, fields[key]) == Access.WRITE}
    saved = save(record, {key: values[key] for key in open_}, by=by) if open_ else record
    if closed := {key: value for key, value in values.items() if key not in open_ | pointing}:
        save(fetch(record.entity.key, saved.values["id"], SYSTEM, "edit"), closed, by=SYSTEM)
    for key in sorted(pointing):
        id_ = record.values["id"]
        carrying.write(record.entity, fields[key], {id_: values[key]})
        carrying.tell(record.entity, fields[key], {id_: (record[key], values[key])}, by)


def _point_at(entity_key: str, survivor: int, loser: int, by: Actor) -> list[carrying.Moved]:
    """Let everything that points at the loser point at the survivor."""
    found: list[carrying.Moved] = []
    told: list[carrying.Told] = []
    for entity, field in carrying.pointing(entity_key):
        before = carrying.held(entity, field, loser)
        above: set[int] = set()
        if entity.key == entity_key:
            before.pop(loser, None)
            above = ranking.above(entity, field, survivor)
        if not before:
            continue
        after = {id_: _instead(field, value, loser, survivor, id_ in above) for id_, value in before.items()}
        carrying.write(entity, field, after)
        told.append((entity, field, {id_: (before[id_], after[id_]) for id_ in before}))
        dump = field.type.dump
        changed = [[id_, dump(before[id_]), dump(after[id_])] for id_ in before]
        found.append({"entity": entity.key, "field": field.key, "changed": changed})
    carrying.tell_all(entity_key, (survivor, loser), told, by)
    return found


def _instead(field: Field, value: Any, loser: int, survivor: int, is_above: bool) -> Any:
    """The value with the survivor in the loser's place; nothing where a record would stand above itself."""
    if not field.type.is_linking:
        return None if is_above else survivor
    ids = [survivor if one == loser else one for one in field.type.pointed(value)]
    kept = list(dict.fromkeys(one for one in ids if not (is_above and one == survivor)))
    kind: Any = field.type
    return kind.gathered(kept) if kept else None


def _settle(entity_key: str, survivor: int, loser: int, by: Actor) -> list[list[Any]]:
    """Close the pair of the two and drop the loser from the queue; return the states before, for the way back."""
    ends = sa.or_(DuplicatePair.first_id == loser, DuplicatePair.second_id == loser)
    pairs = db.session.scalars(sa.select(DuplicatePair).where(DuplicatePair.entity == entity_key, ends)).all()
    before = []
    for pair in pairs:
        if pair.state == OPEN:
            before.append([pair.id, pair.state])
            is_this = {pair.first_id, pair.second_id} == {survivor, loser}
            decide(pair, MERGED if is_this else DISTINCT, by)
    telling.tell(entity_key, pairs, by)
    return before


def decide(pair: DuplicatePair, state: str, by: Actor | None) -> None:
    """Note what a person made of a pair; open again when nobody did."""
    pair.state = state
    pair.decided_at = None if by is None else clock.now()
    pair.decided_by_id, pair.decided_by_name = (None, None) if by is None else (by.id, str(by.name))


def survivors(entity_key: str, ids: Collection[int]) -> Mapping[int, int]:
    """Where merged records have gone: id → id of the record they are now part of."""
    found: dict[int, int] = {}
    wanted = set(ids)
    while wanted:
        gone = sa.and_(Merge.entity == entity_key, Merge.loser_id.in_(wanted), Merge.undone_at.is_(None))
        step = dict(db.session.execute(sa.select(Merge.loser_id, Merge.survivor_id).where(gone)).all())
        found.update(step)
        wanted = set(step.values()) - found.keys()
    return {id_: _end(found, id_) for id_ in ids if id_ in found}


def _end(steps: Mapping[int, int], id_: int) -> int:
    for _ in range(len(steps)):
        if id_ not in steps:
            break
        id_ = steps[id_]
    return id_


def rows(record: told.About, person: Actor) -> sa.Select[Any]:
    """The merges of a record; `before` is the one that stayed, `after` the one that went."""
    own = told.columns(
        KIND,
        Merge.id,
        Merge.at,
        before=sa.cast(Merge.survivor_id, sa.String),
        after=sa.cast(Merge.loser_id, sa.String),
        by=Merge.by_name,
        word=Merge.undone_by_name,
        first_at=Merge.undone_at,
    )
    ends = sa.or_(Merge.survivor_id == record.id, Merge.loser_id == record.id)
    return sa.select(*own).where(Merge.entity == record.entity.key, ends)


def item(row: Any, record: Record, person: Actor) -> timeline.Item:
    """One merge, with the other record of it."""
    text = gettext("with #%(id)s", id=row.after if row.before == str(record.id) else row.before)
    if row.first_at is not None:
        text = gettext("%(text)s, undone by %(name)s", text=text, name=row.word)
    link = f"/duplicates/merges/{row.id}"
    return timeline.Item(told.moment(row), KIND, row.id, gettext("Merged"), text, "git-merge", row.by, link=link)


SOURCE = told.Source(KIND, rows, item)
