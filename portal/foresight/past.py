"""An entity's records as they were: dated figures worked out anew, fields taken back by what the audit log says.

What neither tells (figures without dates, formulas, levels and scores) keeps today's value, and is named. A record
counts from before it was entered here, for what it is about may be older; archived ones are left out. A field that
was called otherwise is followed by its column.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa

from portal import vault
from portal.audit import AuditLine
from portal.extensions import db
from portal.foresight import anew
from portal.records import recall, tables
from portal.rules import scope as scopes
from portal.schema import Catalog, former

KEPT = frozenset({"version", "updated_at", "updated_by", "archived_at"})  # what the audit log does not tell
CHUNK = 500
Values = dict[str, Any]


class Question(Protocol):
    """What is asked of each record: once in SQL for all, once in Python for those whose fields have changed since."""

    @property
    def asks(self) -> Collection[str]:
        """The fields it asks for."""

    def sql(self, columns: tables.Columns, now: datetime) -> sa.ColumnElement[Any]:
        """The answer by the columns of the record."""

    def more(self, now: datetime) -> Mapping[str, sa.ColumnElement[Any]]:
        """What Python needs besides the fields that are asked for."""

    def python(self, values: Mapping[str, Any], now: datetime) -> Any:
        """The same answer by the values of the record."""


class Past:
    """The records of one entity, as one catalogue describes them, at moments that are over."""

    def __init__(self, catalog: Catalog, entity: str, asked: Collection[str]) -> None:
        self.catalog, self.entity, self.table = catalog, catalog.entities[entity], tables.table_of(entity)
        figures = {metric.key: metric for metric in catalog.figures if metric.on == entity}
        dated = [figures[key] for key in sorted(asked) if key in figures and _is_dated(figures[key], catalog)]
        self.metrics, self.rebuilt = dated, [metric.key for metric in dated]
        self.former = former.of(self.entity)
        rest = [key for key in sorted(asked) if key not in self.rebuilt]
        self.history = [key for key in rest if self._is_told(key)]
        self.today = [key for key in rest if key not in self.history]

    def _is_told(self, key: str) -> bool:
        field = self.entity.fields.get(key)
        if field is None or key in KEPT or field.column not in self.table.c:
            return False
        return field.expression is None and (not field.computed or key in ("id", "created_at", "created_by"))

    def answers(self, scope: scopes.Scope, now: datetime, question: Question) -> Iterator[tuple[int, Any]]:
        """Yield (record id, answer) for the records in scope as they were."""
        columns, source = anew.records(self.entity, self.metrics, self.catalog, now, past=True)
        mine = (scope.where(self.table.c.id), self.table.c.archived_at.is_(None))
        rows = sa.select(self.table.c.id, question.sql(columns, now)).select_from(source).where(*mine)
        if not self.history:
            yield from ((row[0], row[1]) for row in db.session.execute(rows))
            return
        touched = self._lines(now, AuditLine.record_id).where(scope.where(AuditLine.__table__.c.record_id))
        changed = set(db.session.scalars(touched.distinct()))
        yield from ((row[0], row[1]) for row in db.session.execute(rows) if row[0] not in changed)
        ids = sorted(changed)
        for start in range(0, len(ids), CHUNK):
            for id_, values in self.values(ids[start : start + CHUNK], now, question):
                yield id_, question.python(values, now)

    def values(self, ids: Sequence[int], now: datetime, question: Question) -> Iterator[tuple[int, Values]]:
        """Yield (record id, values that are asked for) of a few records as they were."""
        back = {id_: taken_back(lines, now) for id_, lines in self.lines(ids, now).items()}
        for id_, values in self.present(ids, now, question):
            yield id_, {**values, **back.get(id_, {})}

    def present(self, ids: Sequence[int], now: datetime, question: Question) -> Iterator[tuple[int, Values]]:
        """Yield (record id, values) with fields of today and dated figures as they were."""
        columns, source = anew.records(self.entity, self.metrics, self.catalog, now, past=True)
        shown = {key: sa.type_coerce(columns[key], self._type(key)).label(key) for key in question.asks}
        more = [column.label(key) for key, column in question.more(now).items()]
        mine = (self.table.c.id.in_(ids), self.table.c.archived_at.is_(None))
        rows = sa.select(self.table.c.id.label("#id"), *shown.values(), *more).select_from(source).where(*mine)
        for row in db.session.execute(rows).mappings():
            values = dict(row)
            yield values.pop("#id"), values

    def _type(self, key: str) -> Any:
        field = self.entity.fields.get(key)
        return self.table.c[field.column].type if field and field.column in self.table.c else sa.String()

    def lines(self, ids: Sequence[int], since: datetime) -> dict[int, list[tuple[datetime, Values]]]:
        """Return what the audit log tells of a few records since a moment, newest first: values before the change."""
        found: dict[int, list[tuple[datetime, Values]]] = {}
        if not self.history:
            return found
        line = AuditLine
        told = self._lines(since, line.record_id, line.at, line.data).where(line.record_id.in_(ids))
        rows = [tuple(row) for row in db.session.execute(told.order_by(line.id.desc()))]
        opened = vault.past.opened([data for *_, data in rows])
        for (id_, at, _data), data in zip(rows, opened, strict=True):
            told_ = ((self.former.key_at(key, at), pair[0]) for key, pair in data["changes"].items())
            before = {key: recall.value(self.entity.fields[key], old) for key, old in told_ if key in self.history}
            known = {key: value for key, value in before.items() if not isinstance(value, recall.OldForm)}
            found.setdefault(id_, []).append((at, known))
        return found

    def _lines(self, since: datetime, *columns: Any) -> sa.Select[Any]:
        """Select from the changes of fields that are asked for."""
        line = AuditLine
        words = sorted({word for key in self.history for word in self.former.keys_of(key)})
        concerns = [line.data[("changes", word)].as_string().is_not(None) for word in words]
        told: Any = sa.select(*columns).where(line.entity == self.entity.key, line.action == "record.changed")
        since_then: sa.Select[Any] = told.where(line.at > since, sa.or_(*concerns))
        return since_then


def _is_dated(metric: Any, catalog: Catalog) -> bool:
    """Whether a figure can be worked out as of a past day from records that say when they happened."""
    return anew.is_known(metric, catalog) and (metric.how not in ("last", "first") or metric.at == metric.what)


def taken_back(lines: Sequence[tuple[datetime, Values]], now: datetime) -> Values:
    """Return the values that later changes have replaced since."""
    found: Values = {}
    for at, before in lines:
        if at > now:
            found |= before
    return found
