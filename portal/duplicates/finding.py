"""The nightly job: compare what changed with all records it may be the same as, and fill the review queue."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal import clock, events, jobs
from portal.duplicates import index, telling
from portal.duplicates.index import Forms, Rule
from portal.duplicates.models import OPEN, DuplicateKey, DuplicatePair, DuplicateReach
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.matching import Weighed
from portal.records import tables
from portal.security import SYSTEM, Actor

JOB = "duplicates.find"
BATCH = 1000
REMEMBERED = 50_000  # forms kept at hand, so that a crowd's members are not read again and again
SLACK = timedelta(minutes=5)  # a change that began so long before a pass may have been committed behind its back
Pair = tuple[int, int]


def ask(by: Actor | None = None) -> jobs.Job:
    """Have it done now."""
    with transaction():
        return jobs.enqueue(JOB, unique_key=JOB, by=by)


def last_pass(entity_key: str) -> datetime | None:
    """When the search last went through everything; None when it never did."""
    found = db.session.get(DuplicateReach, entity_key)
    return found.until if found is not None else None


def find(work: Work) -> dict[str, int]:
    """Look at everything that changed since the last time, or at all records under a new rule; resumes by batch."""
    found, done = 0, int(work.checkpoint.get("done", 0))
    for rule in index.rules():
        if rule.entity.key in work.checkpoint.get("finished", ()):
            continue
        for looked, more in Pass(rule, work).run():
            done, found = done + looked, found + more
            work.advance(done=done, checkpoint=work.checkpoint | {"done": done})
    if found:
        with transaction():
            events.tell(telling.SEARCHED, data={"found": found}, by=SYSTEM)
    return {"looked": done, "found": found}


class Pass:
    """One pass over the records of one rule."""

    def __init__(self, rule: Rule, work: Work) -> None:
        self.rule, self.work = rule, work
        self.key = rule.entity.key
        self.table = tables.table_of(self.key)
        self.crowded: set[int] = set()
        self.known: OrderedDict[int, Forms] = OrderedDict()

    def run(self) -> Iterator[tuple[int, int]]:
        """Yield after each batch how many records were looked at and how many pairs found."""
        begun = self.work.checkpoint.get(self.key) or self._begin()
        last: int = begun["last"]
        since = begun["since"]
        while rows := self._rows(last, since):
            last = max(rows)
            found = self._compare(rows, is_new=since is None)
            self.work.checkpoint = self.work.checkpoint | {self.key: {**begun, "last": last}}
            yield len(rows), found
        reach = db.session.get_one(DuplicateReach, self.key)
        reach.until = datetime.fromisoformat(begun["began"])
        finished = [*self.work.checkpoint.get("finished", ()), self.key]
        self.work.checkpoint = self.work.checkpoint | {"finished": finished}
        yield 0, 0

    def _begin(self) -> dict[str, Any]:
        """Where to begin: behind the last pass, or with nothing when the rule is new."""
        reach = db.session.get(DuplicateReach, self.key)
        if reach is None or reach.digest != self.rule.digest:
            open_ = sa.and_(DuplicatePair.entity == self.key, DuplicatePair.state == OPEN)
            for gone in (sa.delete(DuplicateKey).where(DuplicateKey.entity == self.key), _delete(open_)):
                db.session.execute(gone.execution_options(synchronize_session=False))
            if reach is None:
                reach = DuplicateReach(entity=self.key)
                db.session.add(reach)
            reach.digest, reach.until = self.rule.digest, None
        since = (reach.until - SLACK).isoformat() if reach.until else None
        return {"began": clock.now().isoformat(), "since": since, "last": 0}

    def _rows(self, last: int, since: str | None) -> dict[int, Forms | None]:
        """The next records with what is compared of them; None for archived ones."""
        select = sa.select(self.table.c.id, self.table.c.archived_at, *self.rule.columns).where(self.table.c.id > last)
        if since is not None:
            select = select.where(self.table.c.updated_at >= datetime.fromisoformat(since))
        else:
            select = select.where(self.table.c.archived_at.is_(None))
        rows = db.session.execute(select.order_by(self.table.c.id).limit(BATCH)).mappings()
        return {row["id"]: None if row["archived_at"] else self.rule.forms(dict(row)) for row in rows}

    def _compare(self, rows: Mapping[int, Forms | None], *, is_new: bool) -> int:
        """Put the records into the index and their pairs into the queue; return how many pairs are new."""
        alive = {id_: forms for id_, forms in rows.items() if forms is not None}
        index.put(self.rule, alive, () if is_new else rows.keys())
        at: dict[int, list[int]] = {}
        for id_, forms in alive.items():
            for key in self.rule.keys(forms):
                at.setdefault(key, []).append(id_)
        wanted: set[Pair] = set()
        for key, other in index.met(self.rule, at, self.crowded):
            wanted |= {(min(id_, other), max(id_, other)) for id_ in at[key] if id_ != other}
        return self._keep(self._weighed(wanted, alive), set(rows), is_new=is_new)

    def _weighed(self, wanted: set[Pair], alive: Mapping[int, Forms]) -> dict[Pair, Weighed]:
        self.known.update(alive)
        missing = {id_ for pair in wanted for id_ in pair} - self.known.keys()
        self.known.update(index.forms_of(self.rule, missing))
        likeness, found = self.rule.likeness, {}
        for one, other in wanted:
            left, right = self.known.get(one), self.known.get(other)
            if left is not None and right is not None:
                weighed = likeness.likely(left, right)
                if weighed is not None:
                    found[one, other] = weighed
        while len(self.known) > REMEMBERED:
            self.known.popitem(last=False)
        return found

    def _keep(self, found: Mapping[Pair, Weighed], ids: set[int], *, is_new: bool) -> int:
        """Add new pairs, weigh open ones anew and drop those that are alike no more; decisions stand."""
        there = {} if is_new and not found else self._there(ids)
        gone = [pair.id for two, pair in there.items() if pair.state == OPEN and two not in found]
        if gone:
            db.session.execute(_delete(DuplicatePair.id.in_(gone)).execution_options(synchronize_session=False))
        new = []
        for two, weighed in found.items():
            told = {
                "points": weighed.points,
                "is_sure": weighed.points >= self.rule.likeness.sure,
                "reasons": [list(reason) for reason in weighed.reasons],
            }
            pair = there.get(two)
            if pair is None:
                ends = {"entity": self.key, "first_id": two[0], "second_id": two[1]}
                new.append({**ends, **told, "state": OPEN, "found_at": clock.now()})
            elif pair.state == OPEN:
                for name, value in told.items():
                    setattr(pair, name, value)
        if new:
            db.session.execute(sa.insert(DuplicatePair), new)
        other = {two for two in found if two not in there} | {two for two, pair in there.items() if pair.id in gone}
        if other:
            touched = sorted({id_ for two in other for id_ in two})
            events.tell(telling.MOVED, entity=self.key, data={"ids": touched}, by=SYSTEM)
        return len(new)

    def _there(self, ids: set[int]) -> dict[Pair, DuplicatePair]:
        found: dict[Pair, DuplicatePair] = {}
        for some in index.chunks(sorted(ids)):
            touches = sa.or_(DuplicatePair.first_id.in_(some), DuplicatePair.second_id.in_(some))
            select = sa.select(DuplicatePair).where(DuplicatePair.entity == self.key, touches)
            found.update({(pair.first_id, pair.second_id): pair for pair in db.session.scalars(select)})
        return found


def _delete(where: sa.ColumnElement[bool]) -> sa.Delete:
    return sa.delete(DuplicatePair).where(where)
