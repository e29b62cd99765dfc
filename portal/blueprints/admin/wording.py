"""What the columns of system tables that hold words of the program say to people."""

from collections.abc import Callable
from typing import Any

from portal import schema
from portal.blueprints.audit.deeds import deed
from portal.blueprints.jobs import STATES as JOB_STATES
from portal.blueprints.workflows.runs import STATES as RUN_STATES
from portal.jobs import kinds

Say = Callable[[Any], object]


def _label(shelf: str) -> Say:
    """The label of a document of the release in force; its key where it is gone."""

    def say(key: Any) -> object:
        noun = getattr(schema.current(), shelf).get(key)
        return noun.label if noun is not None else key

    return say


def _state(states: dict[str, Any]) -> Say:
    return lambda state: states[state][0] if state in states else state


WORDS: dict[str, dict[str, Say]] = {
    "job": {"kind": kinds.label_of, "state": _state(JOB_STATES)},
    "schedule": {"kind": kinds.label_of},
    "event": {"entity": _label("entities")},
    "audit_line": {"action": deed, "entity": _label("entities")},
    "schema_column": {"entity": _label("entities")},
    "person_role": {"role_key": _label("roles")},
    "workflow_run": {"workflow": _label("workflows"), "entity": _label("entities"), "state": _state(RUN_STATES)},
}


def formatters(table: str) -> dict[str, Callable[[Any, Any, Any, str], str]]:
    """The formatters of a table's columns, as Flask-Admin calls them."""
    return {column: _formatter(say) for column, say in WORDS.get(table, {}).items()}


def _formatter(say: Say) -> Callable[[Any, Any, Any, str], str]:
    def text(view: Any, context: Any, row: Any, column: str) -> str:
        value = getattr(row, column)
        return "" if value is None else str(say(value))

    return text
