"""The tree of a condition with its three faces: Python for a record, SQL for sets, a sentence for people."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any as Anything

import sqlalchemy as sa
from flask_babel import gettext, lazy_gettext

from portal.errors import PortalError
from portal.fields import Field, Operator
from portal.schema.problems import Fault

Check = Callable[[Mapping[str, Anything]], bool]
Columns = Mapping[str, sa.ColumnElement[Anything]] | sa.FromClause


class ConditionError(PortalError):
    """The node is no condition; `problems` says everything that is wrong with it."""

    status = 422
    fallback = lazy_gettext("This condition cannot be read.")

    def __init__(self, problems: Sequence[Fault]) -> None:
        super().__init__("; ".join(str(problem.message) for problem in problems) or None)
        self.problems = list(problems)


class Condition(ABC):
    """A tree of tests on the fields of one entity."""

    def matches(self, values: Mapping[str, Anything], now: datetime, me: Anything = None) -> bool:
        """Whether a record with these values passes."""
        return self.check(now, me)(values)

    def check(self, now: datetime, me: Anything = None) -> Check:
        """What says of many records, one after the other, whether they pass: all that is relative is settled in it.

        The one of a moment is kept for the next record of the same moment.
        """
        kept: tuple[datetime, Check] | None = self.__dict__.get("_kept")
        if me is None and kept is not None and kept[0] == now:
            return kept[1]
        made = self._check(now, me)
        if me is None:
            self.__dict__["_kept"] = now, made
        return made

    @abstractmethod
    def _check(self, now: datetime, me: Anything) -> Check:
        """Settle what is relative."""

    @abstractmethod
    def where(self, columns: Columns, now: datetime, me: Anything = None) -> sa.ColumnElement[bool]:
        """The same in SQL, never NULL; columns are the entity's table or a mapping by field key."""

    @abstractmethod
    def sentence(self) -> str:
        """The same for people, in the current locale."""

    @abstractmethod
    def dump(self) -> Anything:
        """The node that `parse` reads."""

    def fields(self) -> set[str]:
        """The keys of the fields it asks for."""
        return {key for part in self.parts() for key in part.fields()}

    def parts(self) -> "tuple[Condition, ...]":
        """The conditions directly inside."""
        return ()

    def tests(self) -> "Iterator[Test]":
        """Every test of a field in the tree."""
        for part in self.parts():
            yield from part.tests()

    @property
    def is_plain(self) -> bool:
        """Whether its sentence needs no brackets inside another."""
        return True


@dataclass(frozen=True)
class Always(Condition):
    """Every record."""

    def _check(self, now: datetime, me: Anything) -> Check:
        return lambda values: True

    def where(self, columns: Columns, now: datetime, me: Anything = None) -> sa.ColumnElement[bool]:
        return sa.true()

    def sentence(self) -> str:
        return gettext("always")

    def dump(self) -> Anything:
        return {}


@dataclass(frozen=True)
class Test(Condition):
    """One field compared by one operator."""

    field: Field
    operator: Operator
    right: Anything

    __test__ = False  # not for pytest

    def _check(self, now: datetime, me: Anything) -> Check:
        right = self.operator.bind(self.right, self.field.type, now, me)
        key, matches = self.field.key, self.operator.matches
        return lambda values: matches(values.get(key), right)

    def where(self, columns: Columns, now: datetime, me: Anything = None) -> sa.ColumnElement[bool]:
        right = self.operator.bind(self.right, self.field.type, now, me)
        return self.operator.where(column_of(columns, self.field), right)

    def sentence(self) -> str:
        return self.operator.sentence(self.field, self.right)

    def dump(self) -> Anything:
        return {self.field.key: {self.operator.key: self.operator.dump(self.right, self.field.type)}}

    def fields(self) -> set[str]:
        return {self.field.key}

    def tests(self) -> "Iterator[Test]":
        yield self


def column_of(columns: Columns, asked: Field) -> sa.ColumnElement[Anything]:
    """The column that holds the field."""
    if isinstance(columns, sa.FromClause):
        return columns.c[asked.column]
    return columns[asked.key]


@dataclass(frozen=True)
class _Many(Condition):
    of: tuple[Condition, ...]

    def parts(self) -> tuple[Condition, ...]:
        return self.of

    @property
    def is_plain(self) -> bool:
        return len(self.of) < 2

    def _join(self, word: str) -> str:
        said = [part.sentence() if part.is_plain else _bracketed(part) for part in self.of]
        return word.join(said)


def _bracketed(part: Condition) -> str:
    return gettext("(%(condition)s)", condition=part.sentence())


@dataclass(frozen=True)
class All(_Many):
    """Each of them."""

    def _check(self, now: datetime, me: Anything) -> Check:
        checks = [part.check(now, me) for part in self.of]

        def check(values: Mapping[str, Anything]) -> bool:
            for one in checks:  # noqa: SIM110 (a generator would cost more than most checks)
                if not one(values):
                    return False
            return True

        return check

    def where(self, columns: Columns, now: datetime, me: Anything = None) -> sa.ColumnElement[bool]:
        return sa.and_(sa.true(), *(part.where(columns, now, me) for part in self.of))

    def sentence(self) -> str:
        return self._join(gettext(", and "))

    def dump(self) -> Anything:
        return {"all": [part.dump() for part in self.of]}


@dataclass(frozen=True)
class Any(_Many):
    """At least one of them."""

    def _check(self, now: datetime, me: Anything) -> Check:
        checks = [part.check(now, me) for part in self.of]

        def check(values: Mapping[str, Anything]) -> bool:
            for one in checks:  # noqa: SIM110
                if one(values):
                    return True
            return False

        return check

    def where(self, columns: Columns, now: datetime, me: Anything = None) -> sa.ColumnElement[bool]:
        return sa.or_(sa.false(), *(part.where(columns, now, me) for part in self.of))

    def sentence(self) -> str:
        return self._join(gettext(", or "))

    def dump(self) -> Anything:
        return {"any": [part.dump() for part in self.of]}


@dataclass(frozen=True)
class Not(Condition):
    """The contrary."""

    of: Condition

    def _check(self, now: datetime, me: Anything) -> Check:
        check = self.of.check(now, me)
        return lambda values: not check(values)

    def where(self, columns: Columns, now: datetime, me: Anything = None) -> sa.ColumnElement[bool]:
        return sa.not_(self.of.where(columns, now, me))

    def sentence(self) -> str:
        return gettext("not (%(condition)s)", condition=self.of.sentence())

    def dump(self) -> Anything:
        return {"not": self.of.dump()}

    def parts(self) -> tuple[Condition, ...]:
        return (self.of,)
