"""What references are called: the labels of many in one statement, as far as the person may know them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from portal import schema
from portal.extensions import db
from portal.fields import Field
from portal.records import prepared, reach, reading, told
from portal.records.record import Record
from portal.records.stored_file import StoredFile
from portal.records.tables import table_of
from portal.security import Actor, Office, Person, Team

Target = tuple[str, int]
STAFF: Mapping[str, type[Any]] = {"person": Person, "office": Office, "team": Team, "file": StoredFile}


class Links:
    """Answers for references at large; `who` tells in whose name, for field types know nobody."""

    def __init__(self, who: Callable[[], Actor]) -> None:
        self.who = who

    def find(self, target: str, text: str, limit: int) -> list[tuple[int, str]]:
        """Choices whose label holds the text; active people only, records as the person may see them."""
        choice = _choice(target, self.who())
        if choice is None:
            return []
        found = choice.add_columns(sa.literal(0)).subquery()
        select = sa.select(found.c.id, found.c.label).order_by(found.c.label, found.c.id).limit(limit)
        if text.strip():
            select = select.where(found.c.label.icontains(text.strip(), autoescape=True))
        rows = [(id_, label) for id_, label in db.session.execute(select)]
        seen({(target, id_) for id_, _ in rows}, self.who())
        return rows

    def labels(self, target: str, ids: Collection[int]) -> Mapping[int, str]:
        """Labels of those ids that may be shown."""
        found = called({(target, id_) for id_ in ids}, self.who())
        return {id_: label for (_, id_), label in found.items()}


class Labels(Mapping[Target, str]):
    """What records refer to is called, asked for when the first label is read: code that shows nothing asks nothing."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records

    @cached_property
    def found(self) -> Mapping[Target, str]:
        """The labels of all the records by target."""
        wanted = {target for record in self.records for target in _targets(record)}
        return _numbers(wanted) | labels(wanted, self.records[0].person) if wanted else {}

    def __getitem__(self, target: Target) -> str:
        label = self.found[target]
        if label != f"#{target[1]}":
            seen((target,), self.records[0].person)
        return label

    def __iter__(self) -> Iterator[Target]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


def label(records: Sequence[Record]) -> None:
    """Give records, of any kinds, the labels of what they refer to, with one statement for all."""
    labels = Labels(records)
    for record in records:
        record.labels = labels


def _targets(record: Record) -> Iterator[Target]:
    for key, field in record.entity.pointers.items():
        if (value := record.values.get(key)) is not None:
            yield from targets(field, value)


def targets(field: Field, value: Any) -> Iterator[Target]:
    """What a value of the field refers to."""
    yield from ((str(field.type.target), id_) for id_ in field.type.pointed(value))


def names(wanted: Collection[Target], person: Actor) -> dict[Target, str]:
    """What doors call all the targets; one the person may not know is its number, so that it is not asked for again."""
    return _numbers(wanted) | called(wanted, person)


def called(wanted: Collection[Target], person: Actor) -> dict[Target, str]:
    """The labels of the targets that the person may know, noted as seen: for doors that show them."""
    found = labels(wanted, person)
    seen(found, person)
    return found


def _numbers(wanted: Collection[Target]) -> dict[Target, str]:
    return {(target, id_): f"#{id_}" for target, id_ in wanted}


def seen(shown: Iterable[Target], person: Actor) -> None:
    """Note that the person sees what these records are called."""
    entities = schema.current().entities
    for target, id_ in shown:
        if target not in STAFF and target in entities:
            entity = entities[target]
            reading.seen(person, entity.fields[entity.title], (id_,))


def labels(wanted: Collection[Target], person: Actor) -> dict[Target, str]:
    """The labels of the targets that the person may know; who shows them asks `called`."""
    ids: dict[str, set[int]] = {}
    for target, id_ in wanted:
        ids.setdefault(target, set()).add(id_)

    def build(who: Actor, _id: Any) -> Any:
        selects = list(_selects(sorted(ids), who))
        return sa.union_all(*selects) if len(selects) > 1 else next(iter(selects), None)

    statement, places = prepared.prepare(("labels", *sorted(ids)), None, person, None, build)
    if statement is None:
        return {}
    places |= {f"ids_{target}": sorted(some) for target, some in ids.items()}
    return {(target, id_): label or f"#{id_}" for id_, label, target in db.session.execute(statement, places)}


def _selects(targets: Iterable[str], person: Actor) -> Iterator[sa.Select[Any]]:
    """The labels of each target; which ids is filled in when the statement is run."""
    for target in targets:
        choice = _choice(target, person, past=True)
        if choice is not None:
            some: Any = sa.bindparam(f"ids_{target}", expanding=True)
            kind = told.constant(target).label("target")
            yield choice.add_columns(kind).where(choice.selected_columns[0].in_(some))


def _choice(target: str, person: Actor, *, past: bool = False) -> sa.Select[Any] | None:
    """Select id and label of a target; `past` includes what may no longer be chosen."""
    staff = STAFF.get(target)
    if staff is not None:
        select = sa.select(staff.id.label("id"), sa.cast(staff.name, sa.Text).label("label"))
        return select if past or staff is not Person else select.where(Person.active)
    entity = schema.current().entities.get(target)
    if entity is None or not reading.may_read(person, entity.fields[entity.title]):
        return None
    table = table_of(target)
    title = sa.cast(table.c[entity.fields[entity.title].column], sa.Text)
    select = sa.select(table.c.id.label("id"), title.label("label")).where(reach.rows(person, "view", entity))
    return select if past else select.where(table.c.archived_at.is_(None))
