"""The table of operators; a field type names the ones it knows."""

from portal.fields.ages import NewerThan, OlderThan, Within
from portal.fields.areas import Inside, NotInside
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
    Inside(), NotInside(), Me(), Mine(), Empty(), Filled(),
)  # fmt: skip

OPERATORS: dict[str, Operator] = {operator.key: operator for operator in _ALL}

__all__ = ["OPERATORS", "Operator"]
