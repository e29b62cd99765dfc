"""The table of operators; a field type names the ones it knows."""

from portal.fields.ages import NewerThan, OlderThan, Within
from portal.fields.comparisons import (
    After,
    AtLeast,
    AtMost,
    Before,
    Between,
    Empty,
    Equal,
    Filled,
    Less,
    Me,
    Mine,
    More,
    NotEqual,
)
from portal.fields.operator import Operator
from portal.fields.sets import Contains, Has, HasAll, HasAny, HasNone, In, NotIn, Starts

_ALL: tuple[Operator, ...] = (
    Equal(), NotEqual(), In(), NotIn(), More(), AtLeast(), Less(), AtMost(), Between(), Before(), After(),
    OlderThan(), NewerThan(), Within(), Contains(), Starts(), Has(), HasAny(), HasAll(), HasNone(),
    Me(), Mine(), Empty(), Filled(),
)  # fmt: skip

OPERATORS: dict[str, Operator] = {operator.key: operator for operator in _ALL}

__all__ = ["OPERATORS", "Operator"]
