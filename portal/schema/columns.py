"""Which physical column holds which field: kept, renamed, brought back from the archive or new."""

from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa

from portal.extensions import db
from portal.fields import Field
from portal.schema.catalog import Catalog, Columns
from portal.schema.changes import Place as Place
from portal.schema.models import Release, SchemaColumn
from portal.schema.system_fields import SYSTEM

# A type that may go on in the column of another: every stored value is also one of the new type.
WIDER = {("text", "long_text"), ("choice", "text"), ("choice", "long_text"), ("multi_choice", "tags")}


class Allocator:
    """Names columns for a new catalogue; `prefer` are the names of a release that is brought back."""

    def __init__(self, old: Catalog, prefer: Columns | None = None) -> None:
        self.old = old
        self.prefer = prefer or {}
        self.known = {(row.entity, row.physical): row for row in db.session.scalars(sa.select(SchemaColumn))}
        self._history: list[Columns] | None = None

    def allocate(self, new: Catalog, renames: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
        """Return entity → field → physical column; `renames` are entity → new key → old key."""
        return {key: self._entity(key, new, renames.get(key, {})) for key in new.stored}

    @property
    def fresh(self) -> frozenset[Place]:
        """The columns that were only named so far, now or for a release that never came."""
        return self.in_state("provisioning")

    def in_state(self, *states: str) -> frozenset[Place]:
        """The columns of which this is the state."""
        return frozenset(place for place, row in self.known.items() if row.state in states)

    def reserve(self) -> None:
        """Keep the names that were given out, for a release that is yet to come."""
        db.session.add_all(self.known[place] for place in self.fresh)

    def _entity(self, entity: str, new: Catalog, renames: Mapping[str, str]) -> dict[str, str]:
        fields = {key: field for key, field in new.stored[entity].fields.items() if key not in SYSTEM}
        own = {key: column for key, (_, column, *_rest) in SYSTEM.items()}
        old = self.old.stored[entity].fields if entity in self.old.stored else {}
        named: dict[str, str] = {}
        # What is worked out comes last: with another column of a field it asks for, it is another one.
        for group in (False, True):
            part = [field for field in fields.values() if (field.expression is not None) is group]
            kinds = {field.key: field.storage({**own, **named}) for field in part}
            for field in part:
                former = field.key if field.key in old else renames.get(field.key, "")
                is_free = former in old and (former == field.key or former not in fields)
                if is_free and self._fits(entity, kinds[field.key], old[former].physical):
                    named[field.key] = old[former].physical
            for field in part:
                if field.key not in named:
                    kind, taken = kinds[field.key], set(named.values())
                    named[field.key] = self._archived(field, kind, taken) or self._new(field, kind)
        return {key: named[key] for key in fields}

    def _archived(self, field: Field, kind: str, taken: set[str]) -> str | None:
        """Return the newest column that held this key with a fitting type, or was reserved for it."""
        for columns in (self.prefer, *self._columns_of_all()):
            physical = columns.get(field.entity, {}).get(field.key)
            if physical and physical not in taken and self._fits(field.entity, kind, physical):
                return physical
        rows = (self.known[place] for place in sorted(self.in_state("provisioning", "prepared")))
        fitting = (row.physical for row in rows if (row.entity, row.key, row.type) == (field.entity, field.key, kind))
        return next((physical for physical in fitting if physical not in taken), None)

    def _columns_of_all(self) -> list[Columns]:
        if self._history is None:
            query = sa.select(Release.columns).order_by(Release.number.desc())
            self._history = list(db.session.scalars(query))
        return self._history

    def _fits(self, entity: str, kind: str, physical: str) -> bool:
        row = self.known.get((entity, physical))
        if row is None or row.state == "dropped":
            return False
        return row.type == kind or (row.type, kind) in WIDER

    def _new(self, field: Field, kind: str) -> str:
        used = [row.physical for (owner, _), row in self.known.items() if owner == field.entity]
        number = 1 + max((int(name.rpartition("_f")[2]) for name in used), default=0)
        physical = f"{field.key}_f{number}"
        row = SchemaColumn(entity=field.entity, key=field.key, type=kind, physical=physical, state="provisioning")
        self.known[(field.entity, physical)] = row
        return physical

    def write(self, new: Catalog) -> None:
        """Keep the rows in step with the catalogue that is published: new, active or archived."""
        used = {(entity, name): key for entity, names in new.columns.items() for key, name in names.items()}
        for place, row in self.known.items():
            row.state = "dropped" if row.state == "dropped" else "active" if place in used else "archived"
            if place in used:
                fields = new.stored[row.entity].fields
                row.key = used[place]
                row.type = fields[row.key].storage({key: field.column for key, field in fields.items()})
        db.session.add_all(self.known.values())


def in_state(places: Collection[Place], *states: str) -> frozenset[Place]:
    """Which of the columns are in one of the states just now."""
    rows = db.session.execute(
        sa.select(SchemaColumn.entity, SchemaColumn.physical).where(SchemaColumn.state.in_(states))
    )
    return frozenset(places) & frozenset((entity, physical) for entity, physical in rows)


def mark(places: Collection[Place], state: str) -> None:
    """Say of columns what has become of them."""
    for place in places:
        here = (SchemaColumn.entity == place[0], SchemaColumn.physical == place[1])
        db.session.execute(sa.update(SchemaColumn).where(*here).values(state=state))


def are_told(places: Collection[Place]) -> frozenset[Place]:
    """Which of the columns some release knows."""
    releases = list(db.session.scalars(sa.select(Release.columns)))
    return frozenset(
        (entity, physical)
        for entity, physical in places
        if any(physical in columns.get(entity, {}).values() for columns in releases)
    )


def archived(entity: str) -> Iterable[SchemaColumn]:
    """Return the archived columns of an entity."""
    query = sa.select(SchemaColumn).where(SchemaColumn.entity == entity, SchemaColumn.state == "archived")
    return db.session.scalars(query)
