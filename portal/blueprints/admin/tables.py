"""Which system tables are shown, and which of their columns: never secrets, texts people wrote or their addresses."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class Shown:
    """One table: its name for people, its columns and those that are searched."""

    label: Any
    icon: str
    columns: tuple[str, ...]
    search: tuple[str, ...] = ()


TABLES: dict[str, Shown] = {
    "job": Shown(
        _l("Jobs"),
        "activity",
        ("id", "kind", "state", "attempts", "done", "total", "created_at", "started_at", "ended_at"),
        ("kind", "state"),
    ),
    "schedule": Shown(_l("Schedule"), "calendar-time", ("name", "kind", "due_at"), ("name", "kind")),
    "event": Shown(
        _l("Events"),
        "bolt",
        ("id", "kind", "entity", "record_id", "by_id", "at", "release", "delivered_at"),
        ("kind", "entity"),
    ),
    "audit_line": Shown(
        _l("Audit lines"),
        "shield-check",
        ("id", "at", "action", "by_name", "entity", "record_id"),
        ("action", "by_name"),
    ),
    "schema_release": Shown(_l("Releases"), "versions", ("number", "note", "at", "checksum"), ("note",)),
    "schema_column": Shown(
        _l("Columns"), "columns", ("entity", "key", "type", "physical", "state"), ("entity", "key", "physical")
    ),
    "person": Shown(
        _l("People"), "users", ("id", "username", "name", "active", "created_at", "last_seen_at"), ("username", "name")
    ),
    "sign_in": Shown(
        _l("Sign-ins"), "login", ("id", "person_id", "address", "created_at", "seen_at", "ended_at"), ("address",)
    ),
    "sign_in_attempt": Shown(_l("Failed sign-ins"), "lock", ("failures", "first_at", "locked_until")),
    "office": Shown(_l("Offices"), "building-community", ("id", "key", "name", "parent_id", "zone"), ("key", "name")),
    "team": Shown(_l("Teams"), "users", ("id", "key", "name", "office_id", "lead_id"), ("key", "name")),
    "person_role": Shown(_l("Roles of people"), "id-badge-2", ("person_id", "role_key"), ("role_key",)),
    "workflow_run": Shown(
        _l("Workflow runs"), "route", ("id", "workflow", "entity", "record_id", "state", "started_at", "ended_at")
    ),
}
LABELS: dict[str, Any] = {
    "id": _l("Number"),
    "action": _l("Deed"),
    "active": _l("Active"),
    "address": _l("Network address"),
    "at": _l("When"),
    "attempts": _l("Attempts"),
    "by_id": _l("By (number)"),
    "by_name": _l("Person"),
    "checksum": _l("Checksum"),
    "created_at": _l("Created"),
    "delivered_at": _l("Passed on"),
    "done": _l("Done"),
    "due_at": _l("Due"),
    "ended_at": _l("Ended"),
    "entity": _l("Kind"),
    "failures": _l("Failures"),
    "first_at": _l("First"),
    "key": _l("Key"),
    "kind": _l("Kind"),
    "last_seen_at": _l("Last seen"),
    "lead_id": _l("Lead (number)"),
    "locked_until": _l("Locked until"),
    "name": _l("Name"),
    "note": _l("Note"),
    "number": _l("Number"),
    "office_id": _l("Office (number)"),
    "parent_id": _l("Part of (number)"),
    "person_id": _l("Person (number)"),
    "physical": _l("Column"),
    "record_id": _l("Record (number)"),
    "release": _l("Release"),
    "role_key": _l("Role"),
    "seen_at": _l("Last seen"),
    "started_at": _l("Started"),
    "state": _l("State"),
    "total": _l("Total"),
    "type": _l("Type"),
    "username": _l("User name"),
    "workflow": _l("Workflow"),
    "zone": _l("Time zone"),
}
