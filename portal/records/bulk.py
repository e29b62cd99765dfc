"""Many records at once, for imports and demo data: the checks, audit and tokens of `save`, one event for the batch."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from portal import audit, clock, events, schema
from portal.errors import Forbidden
from portal.extensions import db, transaction
from portal.records import at_rest, constraints, footing, layers, link_index, reach, rows, token_index
from portal.records.entry import Entry, Values, changes, defaults, filled_many
from portal.records.formulas import worked_out
from portal.records.tables import entity_of, table_of
from portal.schema import Entity
from portal.security import Actor, policy

Given = Mapping[str, Any]
Rows = Sequence[Given]
Lines = Sequence[tuple[int, Mapping[str, Any]]]
Cause = Mapping[str, Any]


@dataclass
class Saved:
    """What became of the rows: the id of each stored one, None for a refused one, and why, by its position.

    `fields` counts how many records changed in each field.
    """

    ids: list[int | None]
    problems: dict[int, dict[str, Any]] = field(default_factory=dict)
    updated: set[int] = field(default_factory=set)
    fields: Counter[str] = field(default_factory=Counter)


def save_many(entity_key: str, many: Rows, *, by: Actor, parsed: bool = False, cause: Cause | None = None) -> Saved:
    """Store the rows that pass, in one transaction; a row with `id` changes that record.

    `parsed` says that every value was read by its field's type already, as an import does to tell what is wrong.
    `cause` names the deed in the audit lines, as in {"import": 7}, so that all of it can be taken back.

    Tells `records.created` and `records.changed`, each once, with data {"ids": […], "fields": […]}; a change of
    owners also says [id, from, to] of each under "owners".
    """
    entity, saved = entity_of(entity_key), Saved([None] * len(many))
    fresh, changing = _parted(entity, many, by)
    with transaction():
        if fresh:
            tell(entity, "created", _create(entity, fresh, by, saved, parsed), by, cause)
        if changing:
            tell(entity, "changed", _change(entity, changing, by, saved, parsed), by, cause)
    return saved


def foresee(entity_key: str, many: Rows, *, by: Actor) -> Saved:
    """What `save_many` would do with these parsed rows, as far as one can know without storing them."""
    entity, saved = entity_of(entity_key), Saved([None] * len(many))
    fresh, changing = _parted(entity, many, by)
    if fresh:
        _fit(entity, fresh, by, saved, parsed=True)
    if changing:
        entity = layers.stored(entity)
        held = _held(entity, {row["id"] for row in changing.values()}, by, lock=False)
        _differing(entity, changing, held, by, saved, parsed=True)
    return saved


def _parted(entity: Entity, many: Rows, by: Actor) -> tuple[dict[int, Given], dict[int, Given]]:
    """The new rows and those of records that are there, by position."""
    fresh = {at: row for at, row in enumerate(many) if row.get("id") is None}
    if fresh and not policy.can(by, "create", entity.key):
        raise Forbidden
    return fresh, {at: row for at, row in enumerate(many) if row.get("id") is not None}


def _create(entity: Entity, given: Mapping[int, Given], by: Actor, saved: Saved, parsed: bool) -> Lines:
    entity, good = layers.stored(entity), _fit(entity, given, by, saved, parsed)
    stored = list(good.values())
    if not stored:
        return []
    rows.keep_in_step(stored, by)
    told = [{"changes": one} for one in filled_many(entity, ({**v, **worked_out(entity, v)} for v in stored))]
    ids = rows.insert(entity, stored, by)
    token_index.add(entity, zip(ids, stored, strict=True))
    lines = list(zip(ids, told, strict=True))
    for at, id_ in zip(good, ids, strict=True):
        saved.ids[at] = id_
    return lines


def _fit(entity: Entity, given: Mapping[int, Given], by: Actor, saved: Saved, parsed: bool) -> dict[int, Values]:
    """The new rows that nothing speaks against."""
    own = defaults(entity, by)
    homes = dict(zip(given, layers.of_owners(entity, given.values(), own), strict=True))
    each = {id(home): home for home in homes.values()}
    judges = {key: (Entry(home, by), defaults(home, by)) for key, home in each.items()}
    entity, good = layers.stored(entity), dict[int, Values]()
    for at, row in given.items():
        entry, base = judges[id(homes[at])]
        asked = {key: value for key, value in row.items() if key != "id"} if "id" in row else row
        values, problems = entry.read(asked, base, parsed=parsed)
        if problems:
            saved.problems[at] = problems
        else:
            good[at] = values
    return _allowed(entity, [(at, None, values) for at, values in good.items()], by, saved)


def _change(entity: Entity, given: Mapping[int, Given], by: Actor, saved: Saved, parsed: bool) -> Lines:
    entity = layers.stored(entity)
    held = _held(entity, {row["id"] for row in given.values()}, by)
    allowed = _differing(entity, given, held, by, saved, parsed)
    lines, keys = [], set[str]()
    for at, values in allowed.items():
        saved.ids[at], before = given[at]["id"], held[given[at]["id"]]
        if values:
            rows.keep_in_step([values], by)
            formulas = worked_out(entity, {**before, **values})
            told = changes(entity, before, {**values, **formulas}, [*values, *formulas])
            lines.append((before["id"], {"changes": told}))
            keys |= values.keys()
            before.update(values)
    write(entity, {id_: held[id_] for id_, _ in lines}, sorted(keys), by)
    return lines


def _differing(
    entity: Entity, given: Mapping[int, Given], held: Mapping[int, Values], by: Actor, saved: Saved, parsed: bool
) -> dict[int, Values]:
    """What of the rows differs from the records held and may be written; empty where all is as it was."""
    judges = dict[int | None, Entry]()
    good: list[tuple[int, int | None, Values]] = []
    for at, row in given.items():
        before = held.get(row["id"])
        asked = {key: value for key, value in row.items() if key != "id"}
        office = before["office"] if before else None
        entry = judges.get(office) or judges.setdefault(office, Entry(layers.kept_by(entity, office), by))
        values, problems = entry.read(asked, parsed=parsed, before=before)
        if before is None:
            saved.problems[at] = {"id": constraints.unknown()}
        elif problems:
            saved.problems[at] = problems
        else:
            good.append((at, row["id"], {key: value for key, value in values.items() if value != before[key]}))
    allowed = _allowed(entity, good, by, saved)
    saved.updated |= {at for at, values in allowed.items() if values}
    saved.fields.update(key for values in allowed.values() for key in values)
    return allowed


def _allowed(
    entity: Entity, candidates: Sequence[tuple[int, int | None, Values]], by: Actor, saved: Saved
) -> dict[int, Values]:
    """The candidates (position, id, values) that the database has nothing against, by position."""
    refused = constraints.check(entity, [(id_, values) for _, id_, values in candidates], by)
    for index, problems in refused.items():
        saved.problems[candidates[index][0]] = problems
    return {at: values for index, (at, _, values) in enumerate(candidates) if index not in refused}


def _held(entity: Entity, ids: set[int], by: Actor, *, lock: bool = True) -> dict[int, Values]:
    """The rows the person may edit, locked until the end of the transaction unless they are only looked at."""
    table = table_of(entity.key)
    held: dict[int, Values] = {}
    for chunk in constraints.chunks(ids):
        select = sa.select(*reach.columns(entity, by, entity.fields, ())).where(
            table.c.id.in_(chunk), reach.rows(by, "edit", entity)
        )
        found = db.session.execute(select.with_for_update(of=table) if lock else select).mappings()
        held.update({row["id"]: dict(row) for row in found})
    return held


def write(entity: Entity, held: Mapping[int, Values], keys: Sequence[str], by: Actor) -> None:
    """Put the values of these keys over the rows, which the caller has locked; links and search tokens follow."""
    if not held:
        return
    footing.take(entity.key)
    table, now = table_of(entity.key), clock.now()
    columns = [entity.fields[key].column for key in keys]
    statement = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("which"))
        .values(
            version=table.c.version + 1,
            updated_at=now,
            updated_by_id=by.id,
            **{column: sa.bindparam(f"to_{column}", type_=table.c[column].type) for column in columns},
        )
    )
    told = {id_: at_rest.stored(entity, id_, {key: values[key] for key in keys}) for id_, values in held.items()}
    written = [{"which": id_, **{f"to_{column}": told[id_][column] for column in columns}} for id_ in held]
    db.session.connection().execute(statement, written)
    link_index.replace(entity, [(id_, {key: values[key] for key in keys}) for id_, values in held.items()])
    if not set(keys).isdisjoint(token_index.keys(entity)):
        token_index.replace(entity, list(held.items()))


def tell(entity: Entity, what: str, lines: Lines, by: Actor, cause: Cause | None = None) -> None:
    """Write an audit line for each record (id, {"changes": …}) and tell one event for all of them."""
    if not lines:
        return
    noted = at_rest.noted(entity, [(id_, data["changes"]) for id_, data in lines])
    named = [
        (id_, {**data, "changes": changed, **(cause or {})}) for (id_, data), changed in zip(lines, noted, strict=True)
    ]
    audit.record_many(f"record.{what}", by=by, entity=entity.key, lines=named)
    fields = sorted({key for _, data in lines for key in data["changes"]})
    told: dict[str, Any] = {"ids": [id_ for id_, _ in lines], "fields": fields}
    if what == "changed" and "owner" in fields:
        told["owners"] = [[id_, *data["changes"]["owner"]] for id_, data in lines if "owner" in data["changes"]]
    if what == "changed" and (left := _left(entity, fields, lines)):
        told["left"] = left
    events.tell(f"records.{what}", entity=entity.key, data=told, by=by, release=schema.current().release)


def _left(entity: Entity, fields: Sequence[str], lines: Lines) -> dict[str, list[int]]:
    """By field the records that were pointed at before, so that whoever counts for them can count anew."""
    found = {}
    for key in fields:
        kind = entity.fields[key].type if key in entity.fields else None
        if kind is not None and kind.target in schema.current().entities:
            pairs = (data["changes"][key] for _, data in lines if key in data["changes"])
            found[key] = sorted({id_ for old, _new in pairs for id_ in kind.pointed(kind.load(old))})
    return {key: ids for key, ids in found.items() if ids}
