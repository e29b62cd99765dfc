"""The token index: one row per record that can be found, searched through FTS5 on SQLite and GIN on PostgreSQL.

Tokens of the title stand plain, those of any other field carry the field's column, so that a question can keep to the
fields its asker may read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from portal import vault
from portal.extensions import Model, db
from portal.fields import Field
from portal.records import blind_tokens, frequent
from portal.records.tokens import Question, Term, tokens
from portal.schema import Entity
from portal.writing import insert_many

MARK = "!"  # ends the column's name before a token
KIND = "@"  # begins the token that says of which kind a record is


class SearchEntry(Model):
    """The tokens of one record; a later id means found anew later, and stands first in results."""

    __tablename__ = "search_entry"
    __table_args__ = (
        sa.UniqueConstraint("entity", "record_id"),
        sa.Index("ix_search_entry_tokens", "tokens", postgresql_using="gin").ddl_if(dialect="postgresql"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int]
    tokens: Mapped[str] = mapped_column(sa.Text().with_variant(TSVECTOR(), "postgresql"))


# detail=none and columnsize=0: only which rows hold a token is kept, half the size and all we ask.
FTS = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_token USING fts5(tokens, content='search_entry', content_rowid='id', "
    "tokenize=\"ascii tokenchars '~!_@'\", detail=none, columnsize=0)",
    "CREATE TRIGGER IF NOT EXISTS search_entry_insert AFTER INSERT ON search_entry BEGIN "
    "INSERT INTO search_token(rowid, tokens) VALUES (new.id, new.tokens); END",
    "CREATE TRIGGER IF NOT EXISTS search_entry_delete AFTER DELETE ON search_entry BEGIN "
    "INSERT INTO search_token(search_token, rowid, tokens) VALUES ('delete', old.id, old.tokens); END",
    "CREATE TRIGGER IF NOT EXISTS search_entry_update AFTER UPDATE ON search_entry BEGIN "
    "INSERT INTO search_token(search_token, rowid, tokens) VALUES ('delete', old.id, old.tokens); "
    "INSERT INTO search_token(rowid, tokens) VALUES (new.id, new.tokens); END",
)
_ddl: Any = sa.DDL
for _statement in FTS:
    sa.event.listen(SearchEntry.__table__, "after_create", _ddl(_statement).execute_if(dialect="sqlite"))
_drop = _ddl("DROP TABLE IF EXISTS search_token").execute_if(dialect="sqlite")
sa.event.listen(SearchEntry.__table__, "before_drop", _drop)


def keys(entity: Entity) -> tuple[str, ...]:
    """The fields that feed the index, the title first."""
    return tuple(dict.fromkeys((entity.title, *entity.search)))


class Mark(str):
    """What stands before the tokens of a field; `hidden` is the field where it is or was encrypted."""

    hidden: Field | None = None


def mark(entity: Entity, key: str) -> Mark:
    """What stands before the tokens of a field."""
    field = entity.fields[key]
    found = Mark("" if key == entity.title else f"{field.column.casefold()}{MARK}")
    found.hidden = field if field.may_be_sealed else None
    return found


def tokens_of(entity: Entity, values: Mapping[str, Any]) -> str:
    """All tokens of a record, as the index keeps them."""
    return _tokens_of(entity, _feeding(entity), values)


def _feeding(entity: Entity) -> list[tuple[str, Field, Mark]]:
    """The fields that feed the index, with what stands before their tokens: the same for all records."""
    return [(key, entity.fields[key], mark(entity, key)) for key in keys(entity)]


def _tokens_of(entity: Entity, feeding: Iterable[tuple[str, Field, Mark]], values: Mapping[str, Any]) -> str:
    found = {KIND + entity.key}
    for key, field, before in feeding:
        value = values.get(key)
        if value is not None:
            text = field.type.search_text(value)
            given = blind_tokens.tokens(field, text) if field.encrypted else tokens(text)
            found |= {before + token for token in given} if before else given
    return " ".join(sorted(found))


def add(entity: Entity, records: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Index records that are not in the index yet."""
    feeding = _feeding(entity)
    rows = [
        {"entity": entity.key, "record_id": id_, "tokens": _tokens_of(entity, feeding, values)}
        for id_, values in records
    ]
    if rows:
        insert_many(SearchEntry.__table__, rows)


def replace(entity: Entity, records: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Index records anew, whether they were in the index or not."""
    remove(entity, [id_ for id_, _ in records])
    add(entity, records)


def remove(entity: Entity, ids: Collection[int]) -> None:
    """Forget records."""
    if ids:
        is_one = sa.and_(SearchEntry.entity == entity.key, SearchEntry.record_id.in_(ids))
        db.session.execute(sa.delete(SearchEntry).where(is_one).execution_options(synchronize_session=False))


Asked = tuple[Entity, Question, Collection[str]]
FEW = 400  # entries up to which it is quicker to look at all that answer than to look for those of a kind
OF_FEW = sa.text(
    "SELECT entity, count(*) AS number FROM "
    "(SELECT rowid FROM search_token WHERE search_token MATCH :asked LIMIT :most) AS hit "
    "JOIN search_entry ON search_entry.id = hit.rowid GROUP BY entity"
)
HITS = sa.table("search_token", sa.column("rowid"), sa.column("search_token"))


@dataclass(frozen=True)
class Answers:
    """Where the entries stand that answer a question, and in which order the newest come first."""

    source: sa.FromClause
    where: sa.ColumnElement[bool]
    newest: sa.ColumnElement[Any]


@dataclass(frozen=True)
class Kinds:
    """The names under which something is found, and whether few entries answer in all."""

    names: list[str]
    of_few: bool = False


def answering(entity: Entity, question: Question, marks: Collection[str], *, of_few: bool = False) -> Answers:
    """The entity's entries that answer the question in a field with one of the marks.

    SQLite walks the rows of FTS5 backwards and stops in time; where few entries answer, each says of which kind it is,
    for to look for those of a kind takes it longer the more of that kind there are. PostgreSQL's planner takes every
    unknown token for a frequent one and would walk over all entries for a rare word; a sum in the order keeps it to the
    index then.
    """
    table = SearchEntry.__table__
    if not question or not marks:
        return Answers(table, sa.false(), table.c.id.desc())
    if db.engine.dialect.name == "postgresql":
        asked = sa.cast(_tsquery(entity, question, marks), _TsQuery())
        order = table.c.id if _is_common(question, marks) else table.c.id + 0
        return Answers(table, table.c.tokens.op("@@", is_comparison=True)(asked), order.desc())
    asked_for = _spell_fts(question, marks) if of_few else _fts(entity, question, marks)
    found: sa.ColumnElement[bool] = HITS.c.search_token.op("MATCH", is_comparison=True)(asked_for)
    if of_few:  # a sum, lest the planner begins with all entries of the kind
        found = sa.and_(found, table.c.entity + "" == entity.key)
    return Answers(HITS.join(table, table.c.id == HITS.c.rowid), found, HITS.c.rowid.desc())


def _is_common(question: Question, marks: Collection[str]) -> bool:
    """Whether every word of the question is a frequent one."""
    tokens = frequent.tokens()
    return all(any(all(_marked_any(term, marks, tokens) for term in way) for way in ways) for ways in question)


def _marked_any(term: Term, marks: Collection[str], tokens: frozenset[str]) -> bool:
    return any(Term(mark + term.token, term.is_prefix).matches(tokens) for mark in marks)


def kinds(asked: Mapping[str, Asked]) -> Kinds:
    """The names under which something is found at all: a look into the index, before the policy is put into words."""
    is_postgresql = db.engine.dialect.name == "postgresql"
    rows = [] if is_postgresql else db.session.execute(OF_FEW, {"asked": _everywhere(asked), "most": FEW}).all()
    if not is_postgresql and sum(row.number for row in rows) < FEW:
        there = {row.entity for row in rows}
        return Kinds([name for name, (entity, _, _) in asked.items() if entity.key in there], of_few=True)
    spell = _tsquery if is_postgresql else _fts
    values = {f"asked_{at}": spell(*one) for at, one in enumerate(asked.values())}
    values |= {f"kind_{at}": entity.key for at, (entity, _, _) in enumerate(asked.values())}
    found = db.session.execute(_any(len(asked), is_postgresql), values)
    names = list(asked)
    return Kinds([names[at] for (at,) in found])


def _everywhere(asked: Mapping[str, Asked]) -> str:
    """What all the kinds are asked, in one: it finds what any of them has, and what another has by the same mark."""
    together: dict[Question, dict[tuple[str, str], str]] = {}
    for _entity, question, marks in asked.values():
        hidden = ((mark, getattr(mark, "hidden", None)) for mark in marks)
        told = {(str(mark), field.place if field else ""): mark for mark, field in hidden}
        together.setdefault(question, {}).update(told)
    return " OR ".join(f"({_spell_fts(question, marks.values())})" for question, marks in together.items())


@cache
def _any(count: int, is_postgresql: bool) -> sa.TextClause:
    """Kinds of which there is nothing are left out first: opening the tokens of a question costs for each kind."""
    place = "search_entry WHERE tokens @@ CAST(:asked_{at} AS tsquery)"
    one = place if is_postgresql else "search_token WHERE search_token MATCH :asked_{at}"
    there = "EXISTS (SELECT 1 FROM search_entry WHERE entity = :kind_{at})"
    part = f"SELECT {{at}} WHERE {there} AND EXISTS (SELECT 1 FROM {one})"  # nosec B608
    return sa.text(" UNION ALL ".join(part.format(at=at) for at in range(count)))


class _TsQuery(sa.types.UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return "TSQUERY"


def _fts(entity: Entity, question: Question, marks: Collection[str]) -> str:
    """The question in the language of FTS5; tokens hold letters, digits and `~!_@` only, so quotes are safe."""
    return f'"{KIND}{entity.key}" AND {_spell_fts(question, marks)}'


def _spell_fts(question: Question, marks: Collection[str]) -> str:
    return _spell(question, marks, lambda term: f'"{term.token}"' + ("*" if term.is_prefix else ""), " AND ", " OR ")


def _tsquery(entity: Entity, question: Question, marks: Collection[str]) -> str:
    """The question in the language of tsquery."""
    spelt = _spell(question, marks, lambda term: f"'{term.token}'" + (":*" if term.is_prefix else ""), " & ", " | ")
    return f"'{KIND}{entity.key}' & {spelt}"


def _spell(question: Question, marks: Collection[str], say: Any, and_: str, or_: str) -> str:
    plain = sorted(mark for mark in marks if _has_plain(mark))

    def marked(term: Term) -> str:
        return "(" + or_.join(say(Term(mark + term.token, term.is_prefix)) for mark in plain) + ")"

    hidden = [[say(Term(token)) for token in word] for word in _hidden(question, marks)]
    words = []
    for at, ways in enumerate(question):
        told = ["(" + and_.join(marked(term) for term in way) + ")" for way in ways] if plain else []
        words.append("(" + or_.join([*told, *(hidden[at] if hidden else ())]) + ")")
    return and_.join(words)


def _has_plain(mark: str) -> bool:
    hidden = getattr(mark, "hidden", None)
    return hidden is None or not hidden.encrypted or vault.places.is_mixed(hidden.place)


def _hidden(question: Question, marks: Collection[str]) -> list[list[str]]:
    """For each word the tokens of encrypted fields that answer it."""
    found: list[list[str]] = []
    for mark in marks:
        field = getattr(mark, "hidden", None)
        if field is None or not (field.encrypted or vault.places.is_opening(field.place)):
            continue
        for at, word in enumerate(blind_tokens.asked(field, question)):
            found += [[]] if at == len(found) else []
            found[at] += [mark + token for token in word]
    return found
