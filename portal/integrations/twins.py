"""Rows that are about the same: repeats inside the file, and records that are there already."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext

from portal import records
from portal.extensions import db
from portal.integrations.row_reader import Row
from portal.schema import Entity

CHUNK = 2000
Rule = tuple[str, ...]


class Twins:
    """Knows rows by external id, unique fields, or name with phone or e-mail: the first that applies decides."""

    def __init__(self, entity: Entity, mapped: Iterable[str], *, updates: bool) -> None:
        keys = set(mapped)
        self.table = records.tables.table_of(entity.key)
        self.entity = entity
        self.updates = updates
        unique = [key for key in keys if entity.fields[key].unique and key != "external_id"]
        naming = [key for key in keys if entity.fields[key].type.identifies and key != entity.title]
        rules: list[Rule] = [("external_id",), *((key,) for key in sorted(unique))]
        rules += [(entity.title, key) for key in sorted(naming)]
        self.rules = [rule for rule in rules if keys.issuperset(rule)]
        self.seen: dict[int, int] = {}

    def mark(self, rows: Sequence[Row]) -> None:
        """Say of each row which record it is about, or why it is left out; call it with the rows in their order."""
        self.note(rows)
        for rule in self.rules:
            self._find(rule, [row for row in rows if self.rule_of(row) == rule and not row.skipped])
        for row in rows:
            if row.record_id is not None and not self.updates:
                row.record_id, row.skipped = None, lazy_gettext("There is such a record already.")

    def note(self, rows: Sequence[Row]) -> None:
        """Remember the rows and mark those that repeat an earlier one."""
        for row in rows:
            rule = self.rule_of(row)
            if rule is None or not row.is_sound:
                continue
            first = self.seen.setdefault(hash((rule, *(row.values[key] for key in rule))), row.number)
            if first != row.number:
                row.skipped = lazy_gettext("Row %(number)s of the file is about the same.", number=first)

    def rule_of(self, row: Row) -> Rule | None:
        """The rule that applies to the row."""
        return next((rule for rule in self.rules if row.values.keys() >= set(rule)), None)

    def _find(self, rule: Rule, rows: Sequence[Row]) -> None:
        columns = [self.table.c[self.entity.fields[key].column] for key in rule]
        last, archived = rule[-1], self.table.c.archived_at
        for start in range(0, len(rows), CHUNK):
            some = rows[start : start + CHUNK]
            select = sa.select(self.table.c.id, archived, *columns).where(
                columns[-1].in_([row.values[last] for row in some])
            )
            there: dict[tuple[Any, ...], Any] = {tuple(found[2:]): found for found in db.session.execute(select)}
            for row in some:
                found = there.get(tuple(row.values[key] for key in rule))
                if found is not None and found[1] is not None:
                    row.problems[last] = lazy_gettext("This record is in the archive: restore it first.")
                elif found is not None:
                    row.record_id = found[0]
