"""Find records of all kinds by a few characters: part of a name, its pinyin or initials, the tail of a phone number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from portal import schema, vault
from portal.extensions import db
from portal.fields import Field
from portal.records import blind_tokens, reach, reading, token_index
from portal.records.highlight import Piece, highlight
from portal.records.tables import table_of
from portal.records.token_index import SearchEntry
from portal.records.tokens import Question, answers, normal, question, tokens
from portal.schema import Entity
from portal.security import Actor, policy

CANDIDATES = 30  # of each kind, newest first, before the best are chosen


@dataclass(frozen=True)
class Hit:
    """A record found; `title` and `detail` come in pieces that say what to mark."""

    entity: Entity
    id: int
    title: tuple[Piece, ...]
    detail: tuple[Piece, ...] = ()
    shown: frozenset[str] = frozenset()  # the fields it shows

    @property
    def text(self) -> str:
        """The title without marks."""
        return "".join(piece.text for piece in self.title)


def find(text: str, person: Actor, limit: int = 20, entity_keys: Sequence[str] = ()) -> list[Hit]:
    """The best records that answer the text in fields the person may read, in one statement."""
    person, asked = reach.real(person), question(text)
    read = {entity.key: (entity, readable(entity, person)) for entity in _entities(entity_keys)}
    told = {key: (entity, asked, _marks(entity, keys)) for key, (entity, keys) in read.items() if keys}
    found_in = token_index.kinds(told) if asked and told else token_index.Kinds([])
    if not found_in.names:
        return []
    kinds = [read[key] for key in found_in.names]
    width = max(len(keys) for _, keys in kinds)
    selects = [_select(entity, person, asked, keys, width, found_in.of_few) for entity, keys in kinds]
    found = db.session.execute(sa.union_all(*selects) if len(selects) > 1 else selects[0])
    # Ranking looks at titles alone; only as many as are wanted are held against the question once more.
    ranked = sorted(found, key=lambda row: _rank(row[2] or "", text))
    hits = (hit for key, id_, *texts in ranked for hit in _hits(*read[key], id_, texts, text, asked))
    best = list(islice(hits, limit))
    for hit in best:
        for key in hit.shown:
            reading.seen(person, hit.entity.fields[key], (hit.id,))
    return best


def matching(entity: Entity, person: Actor, text: str) -> sa.ColumnElement[bool]:
    """The rows of the entity's table that answer the text in fields the person may read."""
    answers = token_index.answering(entity, question(text), _marks(entity, readable(entity, person)))
    found = sa.select(SearchEntry.__table__.c.record_id).select_from(answers.source).where(answers.where)
    return table_of(entity.key).c.id.in_(found)


def readable(entity: Entity, person: Actor) -> tuple[str, ...]:
    """The indexed fields the person may read."""
    if not policy.can(person, "view", entity.key):
        return ()
    found = reading.readable(person, (entity.fields[key] for key in token_index.keys(entity)))
    return tuple(field.key for field in found)


def _entities(keys: Sequence[str]) -> Iterator[Entity]:
    entities = schema.current().entities
    yield from (entities[key] for key in keys if key in entities) if keys else entities.values()


def _marks(entity: Entity, keys: Sequence[str]) -> list[str]:
    return [token_index.mark(entity, key) for key in keys]


def _select(
    entity: Entity, person: Actor, asked: Question, keys: Sequence[str], width: int, of_few: bool
) -> sa.Select[Any]:
    table, entry = table_of(entity.key), SearchEntry.__table__
    answers = token_index.answering(entity, asked, _marks(entity, keys), of_few=of_few)
    columns = [sa.cast(table.c[entity.fields[key].column], sa.Text) for key in keys]
    columns += [sa.cast(sa.null(), sa.Text)] * (width - len(columns))
    newest = (
        sa.select(sa.literal(entity.key), table.c.id, *(column.label(f"t{at}") for at, column in enumerate(columns)))
        .select_from(answers.source.join(table, table.c.id == entry.c.record_id))
        .where(answers.where, table.c.archived_at.is_(None), reach.rows(person, "view", entity))
        .order_by(answers.newest)
        .limit(CANDIDATES)
    )
    # A plain star: naming the columns of seven subqueries takes longer than running them.
    return sa.select(sa.literal_column("*")).select_from(newest.subquery())


def _hits(
    entity: Entity, keys: Sequence[str], id_: int, texts: Sequence[str | None], text: str, asked: Question
) -> Iterator[Hit]:
    """The hit, unless the index is behind and the record no longer answers."""
    values = {key: _open(entity.fields[key], id_, value) for key, value in zip(keys, texts, strict=False) if value}
    given = {key: _given(entity.fields[key], value, asked) for key, value in values.items()}
    if not answers(asked, set().union(*given.values())):
        return
    title, shown = values.get(entity.title, f"#{id_}"), {entity.title} & values.keys()
    best = max((key for key in values if key != entity.title), key=lambda key: _share(asked, given[key]), default=None)
    detail = entity.fields[best].type.text(values[best]) if best and _share(asked, given[best]) else ""
    shown |= {best} if best and detail else set()
    yield Hit(entity, id_, highlight(title, text), highlight(detail, text), frozenset(shown))


def _open(field: Field, id_: int, text: str) -> str:
    return vault.unseal(text, field.place, id_) if field.may_be_sealed else text


def _given(field: Field, value: str, asked: Question) -> set[str]:
    text = field.type.search_text(value)
    return blind_tokens.shared(field, text, asked) if field.encrypted else tokens(text)


def _share(asked: Question, given: set[str]) -> int:
    return sum(answers(Question((ways,)), given) for ways in asked)


def _rank(title: str, text: str) -> int:
    """0 the very title, 1 its beginning, 2 part of it, 3 found elsewhere or by its sound."""
    name, asked = normal(title), normal(text)
    return 0 if name == asked else 1 if name.startswith(asked) else 2 if asked in name else 3
