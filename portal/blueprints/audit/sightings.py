"""Who saw this record, and what did this person see: a page, and the same as a file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from typing import Any

import sqlalchemy as sa
from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import audit, clock, records, schema
from portal.audit import AuditLine
from portal.blueprints import screens
from portal.blueprints.attachments import attached, csv_lines
from portal.blueprints.audit.blueprint import bp
from portal.blueprints.audit.doors import door
from portal.blueprints.audit.log import day
from portal.errors import NotFound
from portal.extensions import db, transaction
from portal.integrations import cells, exports, written
from portal.looks import Look, Questions
from portal.records import Record
from portal.schema import Entity, conditions
from portal.security import Person, people, policy

BEHIND_MASK = "records.reveal"
PAGE = 100
RELATED = 1000
AT_ONCE = 100  # looks whose records are named in one statement
HEADS = (
    _l("When"),
    _l("Person"),
    _l("Door"),
    _l("Kind"),
    _l("Number"),
    _l("Name"),
    _l("Fields"),
    _l("Reason"),
    _l("Request"),
)
FILTERS = ("entity", "record", "related", "by", "since", "until")


@dataclass(frozen=True)
class Line:
    """Who saw what, for the page and the file; `reason` is that of a reveal."""

    person_id: int | None
    entity: Entity | None
    door: str
    fields: str
    first: Any
    last: Any
    times: int = 1
    record_ids: Sequence[int] = ()
    request: str = ""
    reason: str = ""
    id: int = 0


class Asked:
    """The question of a page: about a record, with what points at it or without, or about a person."""

    def __init__(self) -> None:
        self.me = screens.me()
        self.by = request.args.get("by", type=int)
        self.since, self.until = day("since"), day("until", 1)
        allowed = policy.deeds(self.me, "audit.read", Look.person_id)
        self.questions = Questions(self.since, self.until, allowed)

    @cached_property
    def record(self) -> Record | None:
        """The record asked about; raises NotFound for one out of reach."""
        entity = schema.current().entities.get(request.args.get("entity", ""))
        number = request.args.get("record", type=int)
        if entity is None or number is None:
            return None
        return records.fetch(entity.key, number, self.me)

    @cached_property
    def subjects(self) -> dict[str, set[int]]:
        """The ids of the records asked about, by entity."""
        assert self.record is not None
        found = {self.record.entity.key: {self.record.values["id"]}}
        for side in self.record.entity.sides() if "related" in request.args else ():
            if records.reading.may_read(self.me, side.link) and policy.can(self.me, "view", side.child.key):
                test = conditions.parse({side.link.key: self.record.id}, side.child)
                page = records.search(side.child.key, self.me, condition=test, limit=RELATED, columns=())
                found.setdefault(side.child.key, set()).update(one.values["id"] for one in page)
        return found

    def lines(self) -> list[Line]:
        """What the page shows: of a record put together, of a person look by look."""
        if self.record is not None:
            seen, reveals = self.questions.who_saw(self.subjects), self.reveals()
            put = [_line(one, first=one.first, last=one.last, times=one.times) for one in seen]
            return sorted([*_beside(reveals, put), *reveals], key=lambda line: line.last, reverse=True)
        if self.by is None:
            return []
        found = self.questions.seen_by(self.by, request.args.get("before", type=int))
        return [_single(one) for one, _number in zip(found, range(PAGE), strict=False)]

    def every(self) -> Iterator[Line]:
        """Every single look, for the file; read while it is sent, but for what is asked of the person now."""
        if self.record is not None:
            reveals = self.reveals()
            return chain(reveals, _beside(reveals, map(_single, self.questions.looks_at(self.subjects))))
        return map(_single, self.questions.seen_by(self.by or 0))

    def reveals(self) -> list[Line]:
        """The masks that were lifted, each with its reason."""
        found = []
        for key, ids in self.subjects.items():
            lines = audit.lines(entity=key, action=records.revealing.DEED, since=self.since, until=self.until)
            allowed = policy.deeds(self.me, "audit.read", AuditLine.by_id)
            entity = schema.current().entities[key]
            for line in db.session.scalars(lines.where(AuditLine.record_id.in_(sorted(ids)), allowed)):
                fields = _labels(entity, [str((line.data or {}).get("field", ""))])
                at = (line.at, line.at, 1, (line.record_id or 0,))
                found.append(
                    Line(line.by_id, entity, _("Mask lifted"), fields, *at, reason=records.revealing.why(line))
                )
        return found


@bp.get("/audit/looks")
@policy.requires("audit.read")
def sightings() -> str:
    """Who saw a record, or what a person saw."""
    asked = Asked()
    lines = asked.lines()
    kept = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    is_more = asked.record is None and len(lines) == PAGE
    return render_template(
        "audit/sightings.html",
        asked=kept,
        record=asked.record,
        lines=lines,
        names=people.names({line.person_id for line in lines}),
        everybody=_everybody(asked.me),
        older=url_for("audit.sightings", **kept, before=lines[-1].id) if is_more else None,  # type: ignore[arg-type]
    )


@bp.post("/audit/looks.<kind>")
@policy.requires("audit.read")
def sightings_file(kind: str) -> Response:
    """Every single look as a file, a line for each record; taking it out is a deed of its own."""
    asked = Asked()
    if kind not in exports.FORMATS or (asked.record is None and asked.by is None):
        raise NotFound
    kept = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    heads = [str(head) for head in HEADS]  # which settles the language while the reader is at hand
    lines = chain([heads], _cells(asked.every(), asked.me.id))
    with transaction():
        audit.record("looks.exported", by=asked.me, data=kept)
    as_text = kind == "csv"
    pieces: Any = csv_lines(lines) if as_text else written.once(lambda path: cells.write_lines(lines, path))
    return attached(pieces, f"looks-{clock.today():%Y%m%d}.{kind}")


def _cells(lines: Iterable[Line], reader_id: int) -> Iterator[Sequence[object]]:
    names, me = people.names(), db.session.get_one(Person, reader_id)
    waiting = iter(lines)
    while some := list(islice(waiting, AT_ONCE)):
        targets = {(line.entity.key, number) for line in some if line.entity for number in line.record_ids}
        called = records.links.called(targets, me)
        for line in some:
            who, kind = names.get(line.person_id or 0, f"#{line.person_id}"), line.entity.key if line.entity else ""
            for number in line.record_ids:
                what = [str(line.entity.label) if line.entity else "", number, called.get((kind, number), "")]
                yield [clock.to_zone(line.last), who, line.door, *what, line.fields, line.reason, line.request]


def _line(one: Any, **facts: Any) -> Line:
    entity = schema.current().entities.get(one.entity)
    return Line(one.person_id, entity, door(one.door), _labels(entity, one.fields), **facts)


def _single(one: Any) -> Line:
    facts = {"record_ids": one.record_ids, "request": one.request, "id": one.id}
    return _line(one, first=one.at, last=one.at, **facts)


def _beside(reveals: Iterable[Line], lines: Iterable[Line]) -> Iterator[Line]:
    """The looks but for those that a lifted mask tells already, with its reason."""
    told = {_who_saw_what(one) for one in reveals}
    return (line for line in lines if line.door != door(BEHIND_MASK) or _who_saw_what(line) not in told)


def _who_saw_what(line: Line) -> tuple[object, ...]:
    return line.person_id, line.entity and line.entity.key, line.fields


def _labels(entity: Entity | None, keys: Iterable[str]) -> str:
    """What the fields are called now; one that is gone by its key."""
    known = entity.fields if entity else {}
    return _(", ").join(str(known[key].label) if key in known else key for key in keys if key)


def _everybody(me: Person) -> list[Any]:
    in_sight = policy.deeds(me, "audit.read", Person.id)
    return list(db.session.execute(sa.select(Person.id, Person.name).where(in_sight).order_by(Person.name)))
