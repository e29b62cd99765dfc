"""The meeting places of records, kept in a table: in step with single changes, and by the job for whole batches."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from portal import schema
from portal.duplicates.models import DuplicateKey
from portal.events import Event
from portal.extensions import db
from portal.keys import derived
from portal.matching import Likeness, sieve
from portal.records import tables
from portal.schema import Entity
from portal.writing import insert_many

CHUNK = 5000
FEW = 40  # places of one record, or of a few: counted one by one
SINGLE = ("record.created", "record.changed", "record.archived", "record.restored")
Values = Mapping[str, Any]
Forms = tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """The rule of duplicates of one entity, at work on its table."""

    entity: Entity
    noun: Any
    pepper: bytes

    @property
    def likeness(self) -> Likeness:
        """What it compares."""
        found: Likeness = self.noun.likeness
        return found

    @cached_property
    def digest(self) -> str:
        """A word that changes when the rule, or the key of the hashes, does."""
        told = self.noun.model_dump_json(include={"on", "compare", "sure", "perhaps"})
        return blake2b(told.encode(), key=self.pepper, digest_size=16).hexdigest()

    @cached_property
    def columns(self) -> list[sa.ColumnElement[Any]]:
        """The columns it asks, under the names of their fields."""
        table = tables.table_of(self.entity.key)
        known = sorted(key for key in self.likeness.fields if key in self.entity.fields)
        return [table.c[self.entity.fields[key].column].label(key) for key in known]

    def forms(self, values: Values) -> Forms:
        """What of a record is compared."""
        return self.likeness.forms(values)

    def keys(self, forms: Forms) -> list[int]:
        """Its meeting places."""
        return self.likeness.keys(forms, self.pepper)


def rule_of(entity_key: str | None) -> Rule | None:
    """The rule of an entity; None where there is none."""
    catalog = schema.releases.base()
    noun = next((one for one in catalog.duplicates.values() if one.on == entity_key), None)
    entity = catalog.entities.get(entity_key or "")
    return None if noun is None or entity is None else Rule(entity, noun, derived("duplicates"))


def rules() -> list[Rule]:
    """The rules there are, in the order of the menu."""
    found = (rule_of(noun.on) for noun in schema.releases.base().duplicates.values())
    return sorted((rule for rule in found if rule is not None), key=lambda rule: rule.entity.menu or 0)


def hear(event: Event) -> None:
    """Listen *with* the change of one record; batches are left to the job, which looks by time of change."""
    rule = rule_of(event.entity) if event.kind in SINGLE else None
    if rule is None or event.record_id is None:
        return
    asked = rule.likeness.fields
    if event.kind == "record.changed" and asked.isdisjoint(event.data.get("changes", asked)):
        return
    put(rule, forms_of(rule, [event.record_id]), [event.record_id] if event.kind != "record.created" else ())


def forms_of(rule: Rule, ids: Collection[int]) -> dict[int, Forms]:
    """What is compared of these records; archived ones are left out."""
    table = tables.table_of(rule.entity.key)
    found: dict[int, Forms] = {}
    for some in chunks(sorted(ids)):
        select = sa.select(table.c.id, *rule.columns).where(table.c.id.in_(some), table.c.archived_at.is_(None))
        found.update({row["id"]: rule.forms(dict(row)) for row in db.session.execute(select).mappings()})
    return found


def put(rule: Rule, forms: Mapping[int, Forms], ids: Collection[int]) -> None:
    """Write the meeting places of these records anew; those without forms are forgotten."""
    for some in chunks(sorted(ids)):
        is_one = sa.and_(DuplicateKey.entity == rule.entity.key, DuplicateKey.record_id.in_(some))
        db.session.execute(sa.delete(DuplicateKey).where(is_one).execution_options(synchronize_session=False))
    rows = [
        {"entity": rule.entity.key, "hash": key, "record_id": id_}
        for id_, told in forms.items()
        for key in rule.keys(told)
    ]
    if rows:
        insert_many(DuplicateKey.__table__, rows)


def met(rule: Rule, keys: Iterable[int], crowded: set[int]) -> Iterator[tuple[int, int]]:
    """Who is found at these places: (place, record); crowds are left out and remembered in `crowded`."""
    for some in chunks(sorted(set(keys) - crowded)):
        sizes: dict[int, int] = dict(db.session.execute(_counted(rule, some)).all())
        crowded |= {key for key, count in sizes.items() if count > sieve.CROWD}
        few = [key for key in some if key in sizes and key not in crowded]
        select = sa.select(DuplicateKey.hash, DuplicateKey.record_id).where(
            DuplicateKey.entity == rule.entity.key, DuplicateKey.hash.in_(few)
        )
        yield from ((key, id_) for key, id_ in db.session.execute(select)) if few else ()


def _counted(rule: Rule, keys: list[int]) -> "sa.Select[int, int] | sa.CompoundSelect[int, int]":
    """How many records are at each of these places: at a few of them no more than are a crowd, however large it is."""
    key, mine = DuplicateKey.hash, DuplicateKey.entity == rule.entity.key
    if len(keys) > FEW:
        return sa.select(key, sa.func.count()).where(mine, key.in_(keys)).group_by(key)
    some = [sa.select(key).where(mine, key == one).limit(sieve.CROWD + 1).subquery() for one in keys]
    each = [sa.select(one.c.hash, sa.func.count()).group_by(one.c.hash) for one in some]
    return sa.union_all(*each)


def chunks(listed: list[int]) -> Iterator[list[int]]:
    """Lists that fit into one statement."""
    return (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))
