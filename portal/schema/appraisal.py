"""How good the data of a record is: its issues and its score, alike in Python and in SQL.

The dimensions are those of DAMA UK, "The Six Primary Dimensions for Data Quality Assessment" (2013), as far as a record
can be asked for them alone: completeness, validity, consistency, uniqueness, timeliness. Each gives a share in
thousandths: the weight of what is as it should be over the weight of all that applies (the ratio A/B that ISO/IEC
25024:2015 gives for its measures Com-I, Acc-I, Con-I and Cur-I). The score is the weighted mean of the shares, in per
cent, halves up. All of it is integer arithmetic, so that no engine rounds otherwise than another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from portal.fields import OPERATORS, Field, Text
from portal.schema.condition import All, Always, Check, Columns, Condition, Test
from portal.schema.condition import Any as Some

STALE, DUPLICATE, MISSING = "stale", "duplicate", "no_"
WHOLE = 1000
ZERO: sa.ColumnElement[Any] = sa.literal_column("0", sa.Integer())
Settled = list[tuple[int, list[tuple[str, int, Check, Check | None]]]]  # weight of a dimension, its issues at a moment
Verdict = tuple[int, tuple[str, ...]]  # score in per cent, keys of the issues in the order of the document


@dataclass(frozen=True)
class Issue:
    """One thing that may be wrong with a record; `when` says that it is, `applies` whether it is asked at all.

    An issue without a condition is not of the record's own values: whether it has one is told from outside.
    """

    key: str
    dimension: str
    weight: int
    when: Condition | None
    applies: Condition
    field: str = ""  # the field whose value is missing

    def fields(self) -> set[str]:
        """The keys of the fields it asks for."""
        return (self.when.fields() if self.when else set()) | self.applies.fields()

    def settled(self, now: datetime) -> tuple[str, int, Check, Check | None]:
        """Its key, its weight, and what says of records at this moment whether it is asked and whether it is there."""
        return self.key, self.weight, self.applies.check(now), self.when.check(now) if self.when else None

    def where(self, columns: Columns, now: datetime, twin: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        """The same in SQL."""
        return twin if self.when is None else self.when.where(columns, now)


@dataclass(frozen=True)
class Appraisal:
    """The issues of one document at work, in order, with the weights of their dimensions."""

    issues: tuple[Issue, ...]
    weights: Mapping[str, int]

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields that decide."""
        return frozenset(key for issue in self.issues for key in issue.fields())

    def judge(self, values: Mapping[str, Any], now: datetime, twin: bool = False) -> Verdict:
        """The score of a record with these values, and its issues; `twin`: another record may be the same."""
        found: list[str] = []
        total = of = 0
        for factor, checks in self._settled(now):
            good = whole = 0
            for key, weight, applies, is_there in checks:
                if not applies(values):
                    continue
                whole += weight
                if twin if is_there is None else is_there(values):
                    found.append(key)
                else:
                    good += weight
            total += factor * (good * WHOLE // whole if whole else WHOLE)
            of += factor
        return _percent(total, of), tuple(found)

    def _settled(self, now: datetime) -> Settled:
        """Weights and checks of this moment; those of the last moment are kept, for many records ask at the same."""
        kept: tuple[datetime, Settled] | None = self.__dict__.get("_kept")
        if kept is None or kept[0] != now:
            parts = [
                (self._weight(dimension), [issue.settled(now) for issue in issues]) for dimension, issues in self._parts
            ]
            self.__dict__["_kept"] = kept = now, parts
        return kept[1]

    def sql(
        self, columns: Columns, now: datetime, twin: sa.ColumnElement[bool]
    ) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
        """The score and the issues in SQL, the latter as text `|a|b|`, NULL when there are none."""
        total: sa.ColumnElement[Any] = ZERO
        words: list[sa.ColumnElement[Any]] = []
        of = 0
        for dimension, issues in self._parts:
            good: sa.ColumnElement[Any] = ZERO
            whole: sa.ColumnElement[Any] = ZERO
            for issue in issues:
                is_there, applies = issue.where(columns, now, twin), issue.applies.where(columns, now)
                good += sa.case((sa.and_(applies, sa.not_(is_there)), issue.weight), else_=0)
                whole += (
                    issue.weight if isinstance(issue.applies, Always) else sa.case((applies, issue.weight), else_=0)
                )
                words.append(sa.case((sa.and_(applies, is_there), f"{issue.key}|"), else_=""))
            share = sa.case((whole == 0, WHOLE), else_=good * WHOLE // sa.func.nullif(whole, 0))
            total += sa.cast(share, sa.Integer()) * self._weight(dimension)
            of += self._weight(dimension)
        text = _joined(words)
        score = (total + 5 * of) // sa.literal(10 * of, sa.Integer()) if of else sa.literal(100, sa.Integer())
        return sa.cast(score, sa.Integer()), sa.case((text == "", sa.null()), else_=sa.literal("|") + text)

    @cached_property
    def _parts(self) -> tuple[tuple[str, tuple[Issue, ...]], ...]:
        return tuple((key, tuple(issues)) for key, issues in groupby(self.issues, lambda issue: issue.dimension))

    def _weight(self, dimension: str) -> int:
        return self.weights.get(dimension, 1)


def _percent(total: int, of: int) -> int:
    return (total + 5 * of) // (10 * of) if of else 100


def _joined(words: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[Any]:
    text: sa.ColumnElement[Any] = sa.literal("", sa.Text())
    for word in words:
        text = text.op("||")(word)
    return text


def missing(field: Field) -> Condition:
    """The condition that a field is not filled in."""
    return Test(field, OPERATORS["empty"], OPERATORS["empty"].parse(True, field.type))


def silent(fields: Sequence[Field], days: int) -> Condition:
    """The condition that none of some times is within the last days."""
    return All(tuple(_long_ago(field, days) for field in fields))


def _long_ago(field: Field, days: int) -> Condition:
    older = OPERATORS["older_than"]
    return Some((Test(field, older, older.parse(f"{days} days", field.type)), missing(field)))


def always(condition: Condition | None) -> Condition:
    """The condition, or one that everything meets."""
    return condition or Always()


def label_of_missing(label: Text) -> Text:
    """What people call the issue that a field is not filled in."""
    return Text(zh=f"缺少{label.zh}", en=f"{label.en} is missing")
