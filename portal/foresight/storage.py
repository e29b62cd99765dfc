"""What each change does to the tables: how careful one must be, the statements, and who waits for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import lazy_gettext as _l

from portal.extensions import db
from portal.schema import Entity
from portal.schema.releases import Plan

Care = Literal["safe", "fills", "hides"]
BRIEF = _l("locks the table for a moment; gives way to readers and tries again")
NONE = _l("no lock: only the documents change")
BESIDE = _l("built beside the running work; small tables at once")
FILLING = _l("a small table is filled at once; a large one by a job beside the work, before the release is in force")
SEALING = _l("rows are sealed by a job, 500 at a time; pages read both forms meanwhile")
OPENING = _l("rows are opened by a job, 500 at a time; sorting and searching in parts are complete when it is done")
REWRITE = _l("the whole table is written anew; readers and writers wait until it is done")
COSTS: dict[str, tuple[Care, Any]] = {
    "add_entity": ("safe", BRIEF),
    "archive_entity": ("hides", NONE),
    "add": ("safe", BRIEF),
    "restore": ("safe", NONE),
    "archive": ("hides", NONE),
    "rename": ("safe", NONE),
    "retype": ("fills", FILLING),
    "seal": ("fills", SEALING),
    "unseal": ("fills", OPENING),
    "index": ("safe", BESIDE),
    "unindex": ("safe", NONE),
    "alter": ("safe", NONE),
    "layout": ("safe", NONE),
}


@dataclass(frozen=True)
class Step:
    """One change of storage: `care` is safe, fills (writes values) or hides (people miss something)."""

    kind: str
    entity: Entity
    field: Any
    care: Care
    lock: Any
    statement: str


def steps(plan: Plan) -> list[Step]:
    """Return the changes, those that hide something first."""
    order = ("hides", "fills", "safe")
    return sorted(_steps(plan), key=lambda step: order.index(step.care))


def _steps(plan: Plan) -> Iterator[Step]:
    for change in plan.changes:
        entity = plan.new.entities.get(change.entity) or plan.old.entities[change.entity]
        field = change.field or change.before
        care, lock = _cost(change.kind, field)
        yield Step(change.kind, entity, field, care, lock, _statement(change.kind, entity, field))


def _cost(kind: str, field: Any) -> tuple[Care, Any]:
    """What a change costs; PostgreSQL stores what is worked out, SQLite works it out when it is read."""
    if kind not in ("add", "retype") or field.expression is None:
        return COSTS[kind]
    return ("fills", REWRITE) if db.engine.dialect.name == "postgresql" else ("safe", BRIEF)


def _statement(kind: str, entity: Entity, field: Any) -> str:
    """Return the SQL in this engine's own words, or nothing where only the documents change."""
    if kind == "add_entity":
        return f"CREATE TABLE {entity.table_name} (…)"
    if kind in ("add", "retype"):
        sort = field.column_type().compile(dialect=db.engine.dialect)
        added = f"ALTER TABLE {entity.table_name} ADD COLUMN {field.physical} {sort}"
        added += f"; CREATE TABLE {field.link_table} (…)" if field.type.is_linking else ""
        if field.expression is not None:
            kept = "STORED" if db.engine.dialect.name == "postgresql" else "VIRTUAL"
            return f"{added} GENERATED ALWAYS AS (…) {kept}"
        return added if kind == "add" else f"{added}; UPDATE …"
    if kind in ("seal", "unseal"):
        return f"UPDATE {entity.table_name} SET {field.physical} = …"  # nosec B608 - read by people, never run
    if kind == "index" and not field.type.is_linking:  # the table of links is the index
        beside = " CONCURRENTLY" if db.engine.dialect.name == "postgresql" else ""
        return f"CREATE INDEX{beside} ON {entity.table_name} ({field.physical}, id)"
    return ""
