"""The small language of formulas: text → typed tree → a value for one record, and SQL for all of them."""

from portal.fields.expression.fitted import Fitted
from portal.fields.expression.nodes import Node, Ref
from portal.fields.expression.parser import KINDS, ExpressionError, UnknownWord, parse

__all__ = ["KINDS", "ExpressionError", "Fitted", "Node", "Ref", "UnknownWord", "parse"]
