"""`tests:` in a document: examples with the outcome its author expects, tried at every check."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pydantic import Field as Key_

from portal.fields import Text
from portal.schema.nouns.base import Noun

if TYPE_CHECKING:
    from portal.schema.entity import Entity


class GoldenNoun(Noun):
    """One example: a record with the `given` values, all others empty, on the day `at` (today) must give `expect`.

    That is a level's key, a list of tags, whether a workflow starts or `{starts, steps}`, points or `{points, band}`,
    the role or `{to, team}` an assignment gives it to, true or false for metrics and segments, values of formulas.
    """

    given: dict[str, Any] = Key_(default_factory=dict)
    expect: Any
    at: date | None = None
    why: Text | None = None


@dataclass(frozen=True)
class Outcome:
    """What a rule says, in short and, where there is more to expect, in parts."""

    short: object
    parts: Mapping[str, object]


class ProvenNoun(Noun):
    """A document whose rule can be tried on an example."""

    tests: tuple[GoldenNoun, ...] = ()

    @property
    def asked(self) -> str:
        """Return the entity whose records the rule asks."""
        return str(getattr(self, "on", ""))

    def outcome(self, values: Mapping[str, Any], now: datetime) -> object:
        """Return what the rule says of a record: a level's key, a list of tags, true or false."""
        raise NotImplementedError

    def outcome_in(self, entity: "Entity", values: Mapping[str, Any], now: datetime) -> object:
        """Return what a test may expect, knowing the entity whose records the rule asks."""
        return self.outcome(values, now)
