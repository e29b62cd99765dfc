"""Which physical column holds which field: kept, renamed, brought back from the archive or new."""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from portal.extensions import db
from portal.fields import Field
from portal.schema.catalog import Catalog, Columns
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
        return {key: self._entity(key, new, renames.get(key, {})) for key in new.entities}

    def _entity(self, entity: str, new: Catalog, renames: Mapping[str, str]) -> dict[str, str]:
        fields = new.entities[entity].fields
        old = self.old.entities[entity].fields if entity in self.old.entities else {}
        named: dict[str, str] = {}
        for key, field in fields.items():
            if key not in SYSTEM:
                former = key if key in old else renames.get(key, "")
                if (
                    former in old
                    and (former == key or former not in fields)
                    and self._fits(field, old[former].physical)
                ):
                    named[key] = old[former].physical
        for key, field in fields.items():
            if key not in SYSTEM and key not in named:
                named[key] = self._archived(entity, field, set(named.values())) or self._new(entity, field)
        return named

    def _archived(self, entity: str, field: Field, taken: set[str]) -> str | None:
        """Return the newest column that once held this key with a fitting type."""
        for columns in (self.prefer, *self._columns_of_all()):
            physical = columns.get(entity, {}).get(field.key)
            if physical and physical not in taken and self._fits(field, physical):
                return physical
        return None

    def _columns_of_all(self) -> list[Columns]:
        if self._history is None:
            query = sa.select(Release.columns).order_by(Release.number.desc())
            self._history = list(db.session.scalars(query))
        return self._history

    def _fits(self, field: Field, physical: str) -> bool:
        row = self.known.get((field.entity, physical))
        if row is None or row.state == "purging":
            return False
        return row.type == field.type.key or (row.type, field.type.key) in WIDER

    def _new(self, entity: str, field: Field) -> str:
        used = [row.physical for (owner, _), row in self.known.items() if owner == entity]
        number = 1 + max((int(name.rpartition("_f")[2]) for name in used), default=0)
        physical = f"{field.key}_f{number}"
        row = SchemaColumn(entity=entity, key=field.key, type=field.type.key, physical=physical, state="provisioning")
        self.known[(entity, physical)] = row
        return physical

    def write(self, new: Catalog) -> None:
        """Keep the rows in step with the catalogue that is published: new, active or archived."""
        used = {(entity, name): key for entity, names in new.columns.items() for key, name in names.items()}
        for place, row in self.known.items():
            row.state = "purging" if row.state == "purging" else "active" if place in used else "archived"
            if place in used:
                row.key, row.type = used[place], new.entities[row.entity].fields[used[place]].type.key
        db.session.add_all(self.known.values())


def archived(entity: str) -> Iterable[SchemaColumn]:
    """Return the archived columns of an entity."""
    query = sa.select(SchemaColumn).where(SchemaColumn.entity == entity, SchemaColumn.state == "archived")
    return db.session.scalars(query)
