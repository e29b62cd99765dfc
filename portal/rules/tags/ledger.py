"""What becomes of the marks of tags: decided row by row, written a few statements for all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from portal.extensions import db
from portal.rules.tags.marks import Rule, TagMark
from portal.writing import insert

Verdict = Literal["set", "take", "leave"]
CHUNK = 500


@dataclass
class Ledger:
    """The changes of marks at one moment, kept until they are written."""

    now: datetime
    added: list[dict[str, Any]] = field(default_factory=list)
    changed: dict[str, list[int]] = field(default_factory=lambda: {"holds": [], "ends": [], "fails": []})
    dropped: list[int] = field(default_factory=list)

    def judge(self, rule: Rule, row: Any) -> Verdict:
        """Note what a disagreement does to its mark; return whether the tag is to be set, taken or left."""
        if row.mark is None:
            self.added.append(self._new(rule, row.id))
            return "set"
        if row.holds:
            is_over = row.expires_at is not None and row.expires_at <= self.now and row.ended_at is None
            self.changed["ends" if is_over else "holds"].append(row.mark)
            return "take" if is_over else "leave"
        was_there = row.ended_at is None
        if rule.noun.stays and row.failed_at is None and was_there:
            self.changed["fails"].append(row.mark)
            return "leave"
        self.dropped.append(row.mark)
        return "take" if was_there else "leave"

    def _new(self, rule: Rule, record_id: int) -> dict[str, Any]:
        about = {"group": rule.group.key, "entity": rule.group.on, "record_id": record_id, "field": rule.group.field}
        expires = self.now + rule.noun.expires if rule.noun.expires else None
        return {**about, "tag": rule.key, "since": self.now, "expires_at": expires}

    def write(self) -> None:
        """Write what was noted."""
        table: Any = TagMark.__table__
        if self.added:
            # Another worker may have set one a moment ago.
            db.session.connection().execute(insert(table).on_conflict_do_nothing(), self.added)
        moments: Mapping[str, Mapping[str, Any]] = {
            "holds": {"failed_at": None},
            "ends": {"failed_at": None, "ended_at": self.now},
            "fails": {"failed_at": self.now},
        }
        for word, ids in self.changed.items():
            self._each(sa.update(table).values(moments[word]), ids)
        self._each(sa.delete(table), self.dropped)

    def _each(self, statement: Any, ids: list[int]) -> None:
        for start in range(0, len(ids), CHUNK):
            db.session.execute(statement.where(TagMark.__table__.c.id.in_(ids[start : start + CHUNK])))
