"""Rows that are about the same: repeats inside the file, and records that are there already."""

from array import array
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext

from portal import keys, records
from portal.duplicates import merging
from portal.extensions import db
from portal.integrations.models import CREATE, UPDATE
from portal.integrations.repeats import Repeats
from portal.integrations.row_reader import Row, Rule
from portal.schema import Entity

CHUNK = 2000


class Twins:
    """Knows rows by the chosen fields; by none chosen, the first of `ways` that a row has the values for decides."""

    def __init__(self, entity: Entity, mapped: Collection[str], mode: str, match_by: Sequence[str] = ()) -> None:
        self.table = records.tables.table_of(entity.key)
        self.entity = entity
        self.mode = mode
        self.rules = [tuple(match_by)] if match_by else ways(entity, mapped)
        self._asked = [(rule, frozenset(rule)) for rule in self.rules]
        self.seen = Repeats(keys.derived("repeats of an import"))
        self.fresh = array("q")

    def mark(self, rows: Sequence[Row]) -> None:
        """Say of each row which record it is about, or why it is left out; call it with the rows in their order."""
        self.note(rows)
        for rule in self.rules:
            self._find(rule, [row for row in rows if row.rule == rule and not row.skipped])
        for row in rows:
            if row.record_id is not None and self.mode == CREATE:
                row.record_id, row.skipped = None, lazy_gettext("There is such a record already.")
            elif row.record_id is None and self.mode == UPDATE and not row.skipped and not row.problems:
                self._refuse_new(row)

    def _refuse_new(self, row: Row) -> None:
        """What a row that is about no record is told, where none may be created."""
        if row.rule is not None:
            row.skipped = lazy_gettext("There is no such record yet.")
            return
        key = self.rules[0][-1]
        row.problems[key] = lazy_gettext("Give a value: records are found by it.")

    def note(self, rows: Sequence[Row]) -> None:
        """Remember the rows and mark those that repeat an earlier one: by the rule that applies to the later one."""
        own: list[tuple[Row, int]] = []
        marks: list[tuple[int, int]] = []
        for row in rows:
            fitting = [rule for rule, keys in self._asked if row.values.keys() >= keys]
            row.rule = fitting[0] if fitting else None
            if fitting and row.is_sound:
                told = [self.seen.mark(*rule, *(row.values[key] for key in rule)) for rule in fitting]
                marks += [(one, row.number) for one in told]
                own.append((row, told[0]))
        self.fresh = array("q", chain.from_iterable(marks))
        for (row, _), first in zip(own, self.seen.first(marks, [one for _, one in own]), strict=True):
            if first != row.number:
                row.skipped = lazy_gettext("Row %(number)s of the file is about the same.", number=first)

    def marks(self) -> bytes:
        """What the last rows that were noted are known by, for `recall`."""
        return self.fresh.tobytes()

    def recall(self, marks: Iterable[bytes]) -> None:
        """Know the rows again that an earlier run has noted."""
        self.seen.recall(array("q", some) for some in marks)

    def close(self) -> None:
        """Forget the rows."""
        self.seen.close()

    def _find(self, rule: Rule, rows: Sequence[Row]) -> None:
        last = rule[-1]
        for start in range(0, len(rows), CHUNK):
            some = rows[start : start + CHUNK]
            there = self._there(rule, [row.values[last] for row in some])
            for row in some:
                alive, archived = there.get(tuple(row.values[key] for key in rule), ([], []))
                if len(alive) > 1:
                    row.problems[last] = lazy_gettext(
                        "Several records have this: choose another field to find them by."
                    )
                elif alive:
                    row.record_id = alive[0]
                elif archived:
                    self._follow(row, rule, archived)

    def _follow(self, row: Row, rule: Rule, archived: Sequence[int]) -> None:
        """A row about a record that was merged is about the one that stayed, which keeps its own number."""
        kept = set(merging.survivors(self.entity.key, archived).values())
        if len(kept) != 1:
            row.problems[rule[-1]] = lazy_gettext("This record is in the archive: restore it first.")
            return
        row.record_id = kept.pop()
        for key in rule:
            if self.entity.fields[key].unique:
                del row.values[key]

    def _there(self, rule: Rule, values: Sequence[Any]) -> dict[tuple[Any, ...], tuple[list[int], list[int]]]:
        """The records with these values of the rule's last field, by all its values: those in use, and the archived.

        One that is archived because its import was undone stands in nobody's way.
        """
        columns = [self.table.c[self.entity.fields[key].column] for key in rule]
        select = sa.select(self.table.c.id, self.table.c.archived_at, *columns).where(columns[-1].in_(values))
        found = db.session.execute(select).all()
        undone = records.reversal.gone_again(self.entity.key, [row[0] for row in found if row[1] is not None])
        there: dict[tuple[Any, ...], tuple[list[int], list[int]]] = {}
        for id_, archived_at, *known in found:
            if id_ not in undone:
                there.setdefault(tuple(known), ([], []))[archived_at is not None].append(id_)
        return there


def ways(entity: Entity, keys: Collection[str]) -> list[Rule]:
    """How a row finds its record by values of these fields: external id, unique fields, name with phone or e-mail."""
    known = set(keys)
    unique = [key for key in known if entity.fields[key].unique and key != "external_id"]
    naming = [key for key in known if entity.fields[key].type.identifies and key != entity.title]
    rules: list[Rule] = [("external_id",), *((key,) for key in sorted(unique))]
    rules += [(entity.title, key) for key in sorted(naming)]
    return [rule for rule in rules if known.issuperset(rule)]
