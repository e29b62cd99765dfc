"""The two passes over a file: one that only looks, one that stores; both are jobs."""

import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale, gettext

from portal import audit, clock, records, translations
from portal.errors import Conflict
from portal.extensions import db, transaction
from portal.integrations import sheets, source
from portal.integrations.account import Account, reasons, told
from portal.integrations.likely import Likely
from portal.integrations.models import CAUSE, CHECKED, DONE, FATES, RUNNING, Import, ImportBatch
from portal.integrations.reading import Reading
from portal.integrations.row_reader import Row, RowReader
from portal.integrations.twins import Twins
from portal.jobs import Work
from portal.security import Person, offices

BATCH = 2000
ROUNDS = (100_000, 2, 2)  # objects made between two rounds of the collector, and how many of them each older one takes
SHOWN = 50  # problems shown before the import
Cells = tuple[int, list[Any]]


class Pass:
    """One reading of an import's file in the name of who asked for it."""

    def __init__(self, import_id: int) -> None:
        self.plan = db.session.get_one(Import, import_id)
        self.by = db.session.get_one(Person, self.plan.by_id)
        self.entity = offices.catalog_of(self.by.office_id).entities[self.plan.entity]
        columns = {int(place): key for place, key in self.plan.columns.items()}
        self.reading = Reading.of(self.plan.reading)
        self.reader = RowReader(self.entity, columns, self.by, self.reading)
        mapped = [field.key for _, field in self.reader.columns]
        self.twins = Twins(self.entity, mapped, self.plan.mode, self.plan.match_by)
        self.import_id, self.header_row, self.sheet = import_id, self.plan.header_row, self.plan.sheet
        self.file = db.session.get_one(records.files.StoredFile, self.plan.file_id)

    def batches(self, after: int = 0) -> Iterator[list[Cells]]:
        """The rows below the headers and below the row `after`, up to which an earlier run has stored them."""
        with source.local(self.file) as path:
            rows = sheets.read(path, self.sheet, max(after, self.header_row), **self.reading.shape)
            while batch := list(islice(rows, BATCH)):
                yield batch

    def settled(self, batch: Sequence[Cells]) -> list[Row]:
        """The rows read, their twins found, what is required asked."""
        rows = self.reader.read(batch)
        self.twins.mark(rows)
        for row in rows:
            if row.record_id is None and row.skipped is None:
                self.reader.require(row)
        return rows


def check(work: Work) -> dict[str, Any]:
    """Read the whole file without storing anything; keep the counts and the first problems."""
    step = Pass(work.arguments["import_id"])
    counts, fields = Counter[str](), Counter[str]()
    problems: list[dict[str, Any]] = []
    done = 0
    likely = Likely(step.entity, step.by)
    with _steady(), closing(step.twins), force_locale(translations.LOCALES[step.by.locale]):
        for batch in step.batches():
            foreseen = _foreseen(step, batch, fields)
            likely.look([row for row, fate in foreseen if fate == "created"])
            for row, fate in foreseen:
                counts[fate] += 1
                if fate in ("refused", "skipped") and len(problems) < SHOWN:
                    problems.append(_shown(row, fate, step))
            done += len(batch)
            work.advance(done=done)
    plan = db.session.get_one(Import, step.import_id)
    plan.checked = {"counts": dict(counts), "problems": problems, "fields": dict(fields.most_common())}
    plan.checked["likely"] = likely.found
    plan.total, plan.state = done, CHECKED
    return dict(counts)  # committed with the end of the job


def _foreseen(step: Pass, batch: Sequence[Cells], fields: Counter[str]) -> list[tuple[Row, str]]:
    """The rows with what would become of them; counts the fields of records that would change."""
    rows = step.settled(batch)
    good = [row for row in rows if _fate(row) in ("created", "updated")]
    seen = records.bulk.foresee(step.entity.key, [_given(row) for row in good], by=step.by)
    fields.update(seen.fields)
    same = set[int]()
    for at, row in enumerate(good):
        row.problems.update(seen.problems.get(at, {}))
        if row.record_id is not None and at not in seen.updated:
            same.add(row.number)
    return [(row, "unchanged" if _fate(row) == "updated" and row.number in same else _fate(row)) for row in rows]


def _given(row: Row) -> dict[str, Any]:
    return row.values if row.record_id is None else {**row.values, "id": row.record_id}


@contextmanager
def _steady() -> Iterator[None]:
    """Keep what is there already out of the collector's rounds, which come once a batch or so.

    With many rows they would take a third of the time.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*ROUNDS)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _fate(row: Row) -> str:
    if row.skipped is not None:
        return "skipped"
    if row.problems:
        return "refused"
    return "created" if row.record_id is None else "updated"


def _shown(row: Row, fate: str, step: Pass) -> dict[str, Any]:
    places = {field.key: place for place, field in step.reader.columns}
    wrong = [str(told(row.cells[places[key]])) for key in row.problems if places.get(key, 1 << 30) < len(row.cells)]
    return {"row": row.number, "fate": fate, "cells": wrong, "reasons": reasons(row, step.entity.fields)}


def run(work: Work) -> dict[str, int]:
    """Store the rows, batch by batch; killed, it goes on after the last batch that was committed."""
    step = Pass(work.arguments["import_id"])
    if step.plan.state != RUNNING:
        raise Conflict(gettext("This import was stopped and is undone: send the file again."))
    sums: Counter[str] = Counter(work.checkpoint.get("sums", {}))
    stored = sa.select(ImportBatch.marks).where(ImportBatch.import_id == step.import_id).order_by(ImportBatch.first_row)
    with _steady(), closing(step.twins), force_locale(translations.LOCALES[step.by.locale]):
        step.twins.recall(db.session.scalars(stored, execution_options={"yield_per": 50}))
        for batch in step.batches(after=work.checkpoint.get("row", 0)):
            sums += _store(work, step, batch, sums)
    plan = db.session.get_one(Import, step.import_id)
    plan.state, plan.ended_at, plan.total = DONE, clock.now(), sum(sums.values())
    db.session.execute(sa.update(ImportBatch).where(ImportBatch.import_id == plan.id).values(marks=b""))
    audit.record("import.done", by=step.by, entity=step.entity.key, data={**sums, "import": plan.id})
    return {fate: sums[fate] for fate in FATES}  # committed with the end of the job


def _store(work: Work, step: Pass, batch: Sequence[Cells], sums: Counter[str]) -> Counter[str]:
    """One batch: records, account and checkpoint in one transaction."""
    with transaction():
        rows = step.settled(batch)
        account = Account()
        good = []
        for row in rows:
            fate = _fate(row)
            if fate in ("skipped", "refused"):
                account.add(fate, row)
            else:
                good.append(row)
        _save(step, good, account)
        db.session.add(account.batch(step.import_id, rows, step.twins.marks()))
        db.session.add_all(account.refused(step.import_id, step.entity.fields))
        sums = sums + account.counts
        work.advance(done=sum(sums.values()), checkpoint={"row": rows[-1].number, "sums": dict(sums)})
    return account.counts


def _save(step: Pass, rows: Sequence[Row], account: Account) -> None:
    if not rows:
        return
    given = [_given(row) for row in rows]
    saved = records.bulk.save_many(step.entity.key, given, by=step.by, parsed=True, cause={CAUSE: step.import_id})
    for at, row in enumerate(rows):
        id_ = saved.ids[at]
        if id_ is None:
            row.problems = dict(saved.problems[at])
            account.add("refused", row)
        elif row.record_id is None:
            account.add("created", row, id_)
        else:
            account.add("updated" if at in saved.updated else "unchanged", row, id_)
