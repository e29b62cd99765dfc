"""What a text in a column of references means: the external id or the name of the other."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_babel import gettext

from portal import records, schema
from portal.extensions import db
from portal.fields import Field, FieldError
from portal.security import Actor, Office, Person, Team

if TYPE_CHECKING:
    from portal.integrations.row_reader import Row

STAFF: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "person": (Person, (Person.username, Person.name, Person.email)),
    "office": (Office, (Office.key, Office.name)),
    "team": (Team, (Team.key, Team.name)),
}
CHUNK, KEPT = 2000, 50_000


class References:
    """Looks texts up once and remembers them; sees only what the person sees."""

    def __init__(self, by: Actor) -> None:
        self.by = by
        self.known: dict[tuple[str, str], list[int]] = {}

    def settle(self, rows: Sequence["Row"], asked: Field) -> None:
        """Put ids in place of texts in one field; what is unknown or doubtful becomes a problem."""
        target, kind = str(asked.type.target), asked.type
        ways = {row.number: kind.ways(_text(row.values[asked.key])) for row in rows if asked.key in row.values}
        texts = {text for several in ways.values() for way in several for text in way}
        self._look_up(target, {text for text in texts if (target, text) not in self.known})
        for row in rows:
            if asked.key not in row.values:
                continue
            meant = next((way for way in ways[row.number] if not self._doubts(target, way)), None)
            if meant is not None:
                row.values[asked.key] = kind.gathered([self.known[target, text][0] for text in meant])
                continue
            del row.values[asked.key]
            row.problems[asked.key] = _doubt(*self._doubts(target, ways[row.number][-1])[0])

    def _doubts(self, target: str, way: Sequence[str]) -> list[tuple[Sequence[int], str]]:
        """The texts that do not name exactly one, with what they name."""
        found = ((self.known.get((target, text), []), text) for text in way)
        return [(ids, text) for ids, text in found if len(ids) != 1]

    def _look_up(self, target: str, texts: set[str]) -> None:
        if len(self.known) > KEPT:
            self.known.clear()
        listed = sorted(texts)
        for start in range(0, len(listed), CHUNK):
            for text, id_ in self._found(target, listed[start : start + CHUNK]):
                ids = self.known.setdefault((target, text), [])
                if id_ not in ids:
                    ids.append(id_)

    def _found(self, target: str, texts: list[str]) -> Iterable[tuple[str, int]]:
        if target in STAFF:
            model, names = STAFF[target]
            found = db.session.execute(sa.select(model.id, *names).where(sa.or_(*(name.in_(texts) for name in names))))
            wanted = set(texts)
            return [(name, row[0]) for row in found for name in row[1:] if name in wanted]
        if target not in schema.current().entities:
            return []
        return self._records(target, texts)

    def _records(self, target: str, texts: list[str]) -> list[tuple[str, int]]:
        """An external id is surer than a name."""
        entity, table = schema.current().entities[target], records.tables.table_of(target)
        where = records.selection.where(target, self.by)
        found: list[tuple[str, int]] = []
        rest = set(texts)
        for asked in records.reading.readable(self.by, map(entity.fields.__getitem__, ("external_id", entity.title))):
            read: dict[Any, str] = {}
            for text in rest:
                try:
                    read[asked.type.parse(text)] = text
                except FieldError:
                    continue
            column = table.c[asked.column]
            rows = db.session.execute(sa.select(column, table.c.id).where(column.in_(list(read)), *where)).all()
            found += [(read[value], id_) for value, id_ in rows if value in read]
            rest -= {text for text, _ in found}
        return found


def _text(raw: Any) -> str:
    return " ".join(str(raw).split())


def _doubt(found: Sequence[int], text: str) -> str:
    if found:
        return gettext("Several are called “%(name)s”: give the external id.", name=text)
    return gettext("Nothing is known as “%(name)s”: import it first, or mend the name or id.", name=text)
