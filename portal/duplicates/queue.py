"""The review queue: pairs of which a person sees both records, and what is made of them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext

from portal import audit
from portal.duplicates import index, merging, telling
from portal.duplicates.index import Rule
from portal.duplicates.models import DISTINCT, OPEN, DuplicatePair, Merge
from portal.errors import NotFound, PortalError
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.records import Record, fetch, links, reach, reading, tables
from portal.security import Actor, Person, policy

JOB = "duplicates.merge"
PAGE = 50
MOST = 1000


@dataclass(frozen=True)
class Reason:
    """Why two records are thought to be one: how alike they are in some fields, in words."""

    text: str
    percent: int


@dataclass
class Two:
    """Two records side by side, as the person may see them."""

    first: Record
    second: Record

    @property
    def may_merge(self) -> bool:
        """Whether the person may merge them one way or the other."""
        one, other = self.first, self.second
        may = one.may("edit") and other.may("edit") and (one.may("archive") or other.may("archive"))
        return may and not (one.is_archived or other.is_archived)


@dataclass
class Candidate(Two):
    """A pair of the queue with both of its records."""

    pair: DuplicatePair
    reasons: list[Reason]


def entities(person: Actor) -> list[Rule]:
    """The kinds of records with rules that the person may view."""
    return [rule for rule in index.rules() if policy.can(person, "view", rule.entity.key)]


def listed(
    rule: Rule, person: Actor, *, state: str = OPEN, verdict: str = "", after: tuple[int, int] | None = None
) -> tuple[list[Candidate], tuple[int, int] | None]:
    """A page of pairs, the likeliest first, and where the next one begins."""
    select = _visible(rule, person, state)
    if verdict:
        select = select.where(DuplicatePair.is_sure.is_(verdict == "sure"))
    if after is not None:
        points, id_ = after
        behind = sa.and_(DuplicatePair.points == points, DuplicatePair.id > id_)
        select = select.where(sa.or_(DuplicatePair.points < points, behind))
    order = select.order_by(DuplicatePair.points.desc(), DuplicatePair.id)
    found = list(db.session.scalars(order.limit(PAGE + 1)))
    more = (found[PAGE - 1].points, found[PAGE - 1].id) if len(found) > PAGE else None
    return candidates(rule, person, found[:PAGE]), more


def has_open(entity_key: str, id_column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether a record is in a pair that waits for a decision, as SQL over the column of its id."""
    mine = (DuplicatePair.entity == entity_key, DuplicatePair.state == OPEN)
    ends = (DuplicatePair.first_id, DuplicatePair.second_id)
    return sa.or_(*(sa.exists().where(*mine, end == id_column) for end in ends))


def count(rule: Rule, person: Actor, state: str = OPEN, *, sure: bool = False) -> int:
    """How many pairs there are, giving up one past `MOST`."""
    select = _visible(rule, person, state)
    if sure:
        select = select.where(DuplicatePair.is_sure)
    some = select.with_only_columns(sa.literal_column("1")).limit(MOST + 1).subquery()
    return db.session.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()


def _visible(rule: Rule, person: Actor, state: str) -> "sa.Select[DuplicatePair]":
    table = tables.table_of(rule.entity.key)
    seen = sa.select(table.c.id).where(reach.rows(person, "view", rule.entity))
    return sa.select(DuplicatePair).where(
        DuplicatePair.entity == rule.entity.key,
        DuplicatePair.state == state,
        DuplicatePair.first_id.in_(seen),
        DuplicatePair.second_id.in_(seen),
    )


def candidates(rule: Rule, person: Actor, pairs: Sequence[DuplicatePair]) -> list[Candidate]:
    """The pairs with their records."""
    ids = {id_ for pair in pairs for id_ in (pair.first_id, pair.second_id)}
    table, entity = tables.table_of(rule.entity.key), rule.entity
    select = sa.select(*reach.columns(entity, person, entity.fields)).where(
        table.c.id.in_(ids), reach.rows(person, "view", entity)
    )
    found = {record.id: record for record in reach.records(entity, person, db.session.execute(select).mappings())}
    links.label(list(found.values()))
    return [
        Candidate(found[pair.first_id], found[pair.second_id], pair, reasons(rule, person, pair.reasons))
        for pair in pairs
        if pair.first_id in found and pair.second_id in found
    ]


def reasons(rule: Rule, person: Actor, told: Collection[Sequence[int]]) -> list[Reason]:
    """The reasons in words; of fields the person may not read nothing is said."""
    return list(_reasons(rule, person, told))


def _reasons(rule: Rule, person: Actor, told: Collection[Sequence[int]]) -> Iterator[Reason]:
    same: set[tuple[str, ...]] = set()  # what is the same need not be said to sound the same
    for place, percent in told:
        comparison = rule.likeness.comparisons[place]
        if comparison.fields in same:
            continue
        same |= {comparison.fields} if percent == 100 else set()
        fields = [rule.entity.fields[key] for key in comparison.fields if key in rule.entity.fields]
        if all(reading.may_read(person, field) for field in fields):
            label = " + ".join(str(field.label) for field in fields)
            if percent == 100:
                yield Reason(str(comparison.how.same).replace("{label}", label), percent)
            else:
                yield Reason(gettext("%(label)s %(percent)s %% alike", label=label, percent=percent), percent)


def pair_of(pair_id: int, person: Actor) -> tuple[Rule, Candidate]:
    """One pair, both of whose records the person may see; raises NotFound."""
    pair = db.session.get(DuplicatePair, pair_id)
    rule = index.rule_of(pair.entity) if pair is not None else None
    if (
        pair is None
        or rule is None
        or pair.id
        not in db.session.scalars(
            _visible(rule, person, pair.state).with_only_columns(DuplicatePair.id).where(DuplicatePair.id == pair_id)
        )
    ):
        raise NotFound
    return rule, candidates(rule, person, [pair])[0]


def keep_apart(pair_id: int, *, by: Actor) -> DuplicatePair:
    """Note that two records are not the same; they will not be offered again."""
    with transaction():
        candidate = _to_decide(pair_id, by)
        merging.decide(candidate.pair, DISTINCT, by)
        _note("record.kept_apart", candidate.pair, by)
        telling.tell(candidate.pair.entity, [candidate.pair], by)
        return candidate.pair


def look_again(pair_id: int, *, by: Actor) -> DuplicatePair:
    """Put a pair that was kept apart back into the queue."""
    with transaction():
        candidate = _to_decide(pair_id, by)
        if candidate.pair.state == DISTINCT:
            merging.decide(candidate.pair, OPEN, None)
            telling.tell(candidate.pair.entity, [candidate.pair], by)
        return candidate.pair


def _to_decide(pair_id: int, by: Actor) -> Candidate:
    """A pair whose records the person may both edit; raises NotFound, Forbidden."""
    _rule, candidate = pair_of(pair_id, by)
    for record in (candidate.first, candidate.second):
        fetch(candidate.pair.entity, record.values["id"], by, "edit")
    return candidate


def _note(deed: str, pair: DuplicatePair, by: Actor) -> None:
    for mine, other in ((pair.first_id, pair.second_id), (pair.second_id, pair.first_id)):
        audit.record(deed, by=by, entity=pair.entity, record_id=mine, data={"other": other})


def merge_sure(work: Work) -> dict[str, int]:
    """Merge all sure pairs that the person who asked may merge, the older record of each surviving; as a job."""
    person = db.session.get(Person, work.arguments["person"])
    rule = index.rule_of(work.arguments["entity"])
    done, refused = int(work.checkpoint.get("done", 0)), int(work.checkpoint.get("refused", 0))
    last = int(work.checkpoint.get("last", 0))
    while rule is not None and person is not None and person.active:
        select = _visible(rule, person, OPEN).where(DuplicatePair.is_sure, DuplicatePair.id > last)
        pair = db.session.scalars(select.order_by(DuplicatePair.id).limit(1)).first()
        if pair is None:
            break
        last = pair.id
        try:
            merging.merge(pair.entity, pair.first_id, pair.second_id, by=person)
            done += 1
        except PortalError:
            refused += 1
        checkpoint = {"done": done, "refused": refused, "last": last}
        work.advance(done=done + refused, total=max(work.arguments["total"], done + refused), checkpoint=checkpoint)
    return {"merged": done, "refused": refused}


def merges_of_pair(pair: DuplicatePair) -> list[Merge]:
    """The merges of two records with each other, newest first."""
    ends = (pair.first_id, pair.second_id)
    both = sa.and_(Merge.survivor_id.in_(ends), Merge.loser_id.in_(ends), Merge.entity == pair.entity)
    return list(db.session.scalars(sa.select(Merge).where(both).order_by(Merge.id.desc())))
