"""Releases in any order on live data, against a model that knows only columns and values."""

from itertools import count
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from portal import records, schema
from portal.extensions import db, transaction
from portal.records import publishing, tables
from portal.schema import compiled, releases
from portal.security import SYSTEM

KEYS = ("a", "b", "c")
TYPES = st.sampled_from(["text", "long_text", "integer", "date"])
VALUES = st.sampled_from(["007", "7", "15", "abc", "2026-03-31", "20260331", None])
HEAD = "entity: {0}\nlabel: {0}\nplural: {0}\nslug: {0}\ntitle: name\nfields:\n  name: {{type: text, label: n}}\n"
numbers = count(1)
Visible = dict[str, list[Any]]  # field → value of each record


class Releases(RuleBasedStateMachine):
    """One entity of its own for each run; every publish goes through the door that people use."""

    @initialize()
    def begin(self) -> None:
        self.entity = f"m{next(numbers)}"
        self.fields: dict[str, str] = {}
        self.published: dict[str, str] = {}
        self.stored: dict[tuple[str, int], Any] = {}  # (column, record) → value
        self.seen: list[tuple[int, dict[str, str], Visible, int]] = []
        self.writes = 0
        self.publish()
        with transaction():
            made = [records.save(records.new(self.entity, SYSTEM), {"name": "r"}, by=SYSTEM) for _ in range(2)]
        self.ids = [record.id for record in made]

    def publish(self, was: dict[str, str] | None = None) -> None:
        before = self.columns() if self.seen else {}
        self.remember()
        lines = (
            f"  {key}: {{type: {kind}, label: {key}{', was: ' + was[key] if was and key in was else ''}}}\n"
            for key, kind in self.fields.items()
        )
        documents = {f"entities/{self.entity}.yml": HEAD.format(self.entity) + "".join(lines)}
        number = releases.current_number()
        self.door(documents, number)
        self.settle(before)

    def door(self, documents: dict[str, str], number: int, restores: int | None = None) -> None:
        """Publish by turns at once and, as large tables are, with the columns of new types filled beforehand."""
        publish = publishing.publish if len(self.seen) % 2 else releases.publish
        publish(documents, by=SYSTEM, note="", expected_release=number, restores=restores)

    def remember(self) -> None:
        """Keep what people see under the release that is about to be replaced."""
        if self.seen or getattr(self, "ids", None):
            self.seen.append((releases.current_number(), self.published, self.visible(), self.writes))
        else:
            self.seen.append((0, {}, {}, 0))

    def settle(self, before: dict[str, Any]) -> None:
        """Follow in the model what the publish had to do: nothing but fill a new type's column from the old one's."""
        compiled.forget()
        self.published = dict(self.fields)
        for key, field in self.columns().items():
            former = before.get(key)
            if former and former.physical not in {new.physical for new in self.columns().values()}:
                for id_ in getattr(self, "ids", ()):
                    self._convert(id_, former, field)

    def _convert(self, id_: int, former: Any, field: Any) -> None:
        value, held = self.stored.get((former.physical, id_)), self.stored.get((field.physical, id_))
        read = _read(field, former.type.input_text(value))
        says_so = held is not None and _read(former, field.type.input_text(held)) == value
        if value is not None and read is not None and not says_so:
            self.stored[field.physical, id_] = read

    def columns(self) -> dict[str, Any]:
        fields = schema.current().entities[self.entity].fields
        return {key: fields[key] for key in sorted(self.published) if key in fields}

    def visible(self) -> Visible:
        """What the record pages would show."""
        table = tables.table_of(self.entity)
        held = {key: table.c[field.column] for key, field in self.columns().items()}
        rows = db.session.execute(sa.select(table.c.id, *held.values()).order_by(table.c.id)).all()
        return {key: [row[place] for row in rows] for place, key in enumerate(held, 1)}

    @precondition(lambda self: len(self.fields) < len(KEYS))
    @rule(data=st.data(), kind=TYPES)
    def add(self, data: st.DataObject, kind: str) -> None:
        self.fields[self._free(data)] = kind
        self.publish()

    @precondition(lambda self: self.fields)
    @rule(data=st.data(), kind=TYPES)
    def retype(self, data: st.DataObject, kind: str) -> None:
        self.fields[self._used(data)] = kind
        self.publish()

    @precondition(lambda self: self.fields)
    @rule(data=st.data(), kind=TYPES)
    def retype_and_back(self, data: st.DataObject, kind: str) -> None:
        before, key = self.visible(), self._used(data)
        mine, self.fields[key] = self.fields[key], kind
        self.publish()
        self.fields[key] = mine
        self.publish()
        assert self.visible() == before, "what went to another type comes back as it was"

    @precondition(lambda self: self.fields)
    @rule(data=st.data())
    def archive(self, data: st.DataObject) -> None:
        before, key = self.visible(), self._used(data)
        kind = self.fields.pop(key)
        self.publish()
        assert key not in self.visible()
        self.fields[key] = kind
        self.publish()
        assert self.visible() == before, "what was archived comes back whole"
        self.fields.pop(key)
        self.publish()

    @precondition(lambda self: 0 < len(self.fields) < len(KEYS))
    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        before, key, new = self.visible(), self._used(data), self._free(data)
        self.fields[new] = self.fields.pop(key)
        self.publish({new: key})
        assert self.visible()[new] == before[key], "a renamed field keeps its values"

    @precondition(lambda self: self.fields)
    @rule(data=st.data(), raw=VALUES, which=st.integers(0, 1))
    def write(self, data: st.DataObject, raw: str | None, which: int) -> None:
        key = self._used(data)
        field = self.columns()[key]
        if raw is not None and _read(field, raw) is None:
            return
        with transaction():
            record = records.fetch(self.entity, self.ids[which], SYSTEM, "edit")
            records.save(record, {key: raw}, by=SYSTEM)
        self.stored[field.physical, self.ids[which]] = _read(field, raw)
        self.writes += 1

    def _used(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.fields)))

    def _free(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([key for key in KEYS if key not in self.fields]))

    @precondition(lambda self: len(self.seen) > 2)
    @rule(data=st.data())
    def rollback(self, data: st.DataObject) -> None:
        number, fields, visible, writes = data.draw(st.sampled_from(self.seen[2:]))
        before = self.columns()
        self.remember()
        self.fields = dict(fields)
        self.door(releases.documents(number), releases.current_number(), restores=number)
        self.settle(before)
        if writes == self.writes:
            assert self.visible() == visible, f"back to release {number} shows what it showed"

    @invariant()
    def nothing_is_lost(self) -> None:
        if not getattr(self, "ids", None):
            return
        names = sorted({column for column, _ in self.stored})
        table = sa.table(f"record_{self.entity}", sa.column("id"), *map(sa.column, names))
        rows = {row.id: row for row in db.session.execute(sa.select(table))}
        for (column, id_), value in self.stored.items():
            held = getattr(rows[id_], column)
            assert str(held) == str(value), f"{column} of {id_}"


def _read(field: Any, text: str | None) -> Any:
    try:
        return field.type.parse(text)
    except ValueError:
        return None
