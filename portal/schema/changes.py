"""What a new catalogue changes against the old: the plan that the storage carries out and that people read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Literal

from portal.fields import Field
from portal.schema.catalog import Catalog
from portal.schema.conditions import PREFIX, to_query
from portal.schema.entity import Entity
from portal.schema.system_fields import SYSTEM

ChangeKind = Literal[
    "add_entity",
    "archive_entity",
    "add",
    "restore",
    "archive",
    "rename",
    "retype",
    "seal",
    "unseal",
    "index",
    "unindex",
    "alter",
    "layout",
]


Place = tuple[str, str]  # an entity's key and a physical column


@dataclass(frozen=True)
class Change:
    """One change of one entity's storage: `field` is the new side, `before` the old one."""

    kind: ChangeKind
    entity: str
    field: Field | None = None
    before: Field | None = None


@dataclass(frozen=True)
class Plan:
    """Everything a publish changes; both catalogues know their physical columns.

    `fresh` are names that hold nothing yet; `prepared` are columns that were filled beside the work, for a release that
    was to come and may be this one.
    """

    old: Catalog
    new: Catalog
    changes: tuple[Change, ...]
    fresh: frozenset[Place] = frozenset()
    prepared: frozenset[Place] = frozenset()
    offices: Mapping[str, tuple[Catalog, Catalog]] = made(default_factory=dict)
    """Of offices whose own documents change, the catalogue before and after; for looking, not for publishing."""


def plan(
    old: Catalog,
    new: Catalog,
    archived: frozenset[Place] = frozenset(),
    fresh: frozenset[Place] = frozenset(),
    prepared: frozenset[Place] = frozenset(),
) -> Plan:
    """Compare the catalogues; `archived` are the columns that exist and are not in use."""
    changes: list[Change] = []
    for key, entity in new.stored.items():
        changes += _entity(old.stored.get(key), entity, archived)
    for key in old.stored.keys() - new.stored.keys():
        changes.append(Change("archive_entity", key))
    return Plan(old, new, tuple(changes), fresh, prepared)


def _entity(old: Entity | None, new: Entity, archived: frozenset[tuple[str, str]]) -> Iterator[Change]:
    if old is None:
        yield Change("add_entity", new.key)
    before = {field.physical: field for field in old.fields.values()} if old else {}
    after = {field.physical for field in new.fields.values()}
    for key, field in new.fields.items():
        if key in SYSTEM:
            continue
        if field.physical in before:
            yield from _field(before[field.physical], field)
        elif old and key in old.fields:
            yield Change("retype", new.key, field, old.fields[key])
        else:
            yield Change("restore" if (new.key, field.physical) in archived else "add", new.key, field)
    for physical, field in before.items():
        if physical not in after and field.key not in new.fields:
            yield Change("archive", new.key, before=field)
    former = {field.key: before[field.physical].key for field in new.fields.values() if field.physical in before}
    if old is not None and _looks(old, {}) != _looks(new, former):
        yield Change("layout", new.key)


def _looks(entity: Entity, former: Mapping[str, str]) -> object:
    """What the pages look like, for everybody and for roles; a field that was renamed goes by its former key."""

    def told(names: Iterable[str | None]) -> list[str]:
        bare = [name or "" for name in names]
        return [name.replace(key := name.lstrip("-"), former.get(key, key)) for name in bare]

    return [
        (
            role,
            [(one.label, told(one.fields), one.columns, one.folded, told(one.wide)) for one in layout.form],
            [told(names) for names in (layout.list.columns, layout.list.sort, layout.list.filters)],
            (told((layout.list.board, layout.list.calendar)), layout.list.opens, layout.detail),
            [(told([name.removeprefix(PREFIX)]), right) for name, right in to_query(layout.list.where)],
        )
        for role, layout in (("", entity.layout_for(())), *entity.layouts.items())
    ]


def _field(old: Field, new: Field) -> Iterator[Change]:
    if old.key != new.key:
        yield Change("rename", new.entity, new, old)
    if old.encrypted != new.encrypted:
        yield Change("seal" if new.encrypted else "unseal", new.entity, new, old)
    indexed = [field.filterable or field.sortable or field.unique for field in (old, new)]
    if indexed[0] != indexed[1] or old.unique != new.unique:
        yield Change("index" if indexed[1] else "unindex", new.entity, new, old)
    elif old != new and old.key == new.key and old.encrypted == new.encrypted:
        yield Change("alter", new.entity, new, old)
