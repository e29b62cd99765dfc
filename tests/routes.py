"""The builders of addresses, made once for all portals of a run.

Werkzeug writes and compiles two Python functions for each of 270 routes whenever an app is made, which took most of
the time of making one; and every test has an app of its own. A builder is given its rule with each call, so equal
rules of two apps may share it.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

kept: dict[object, Callable[..., tuple[str, str]]] = {}


def share_builders() -> None:
    """From now on a rule takes the builder of an equal one that was made before."""
    make = Rule._compile_builder

    def shared(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults:  # their converters are asked while it is made
            return make(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in kept:
            kept[key] = make(rule, append_unknown)
        return kept[key]

    replaced: Any = Rule
    replaced._compile_builder = shared
