"""While a column is filled from another: whoever changes the one empties the other, so that it is filled again.

What is left to fill can then be asked of the database at any moment: the rows where the source holds something and the
target does not.
"""

import hashlib
from collections.abc import Collection

import sqlalchemy as sa

from portal.extensions import db
from portal.records.altering import alter, is_postgresql

LONGEST = 60  # characters of a name; PostgreSQL cuts at 63


def begin(table: str, source: str, target: str) -> None:
    """Empty the target of each row whose source changes from now on."""
    name = _name(table, target)
    if is_postgresql():
        body = f'BEGIN NEW."{target}" := NULL; RETURN NEW; END'
        made = [
            f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$',
            f'CREATE OR REPLACE TRIGGER "{name}" BEFORE UPDATE OF "{source}" ON "{table}" FOR EACH ROW '
            f'WHEN (OLD."{source}"::text IS DISTINCT FROM NEW."{source}"::text) EXECUTE FUNCTION "{name}"()',
        ]
    else:
        emptied = f'UPDATE "{table}" SET "{target}" = NULL WHERE id = NEW.id'  # nosec B608 - names of our own making
        made = [
            f'CREATE TRIGGER IF NOT EXISTS "{name}" AFTER UPDATE OF "{source}" ON "{table}" '
            f'WHEN OLD."{source}" IS NOT NEW."{source}" BEGIN {emptied}; END',
        ]
    for one in made:
        alter(table, lambda op, one=one: op.execute(sa.text(one.replace(":", r"\:"))))  # type: ignore[misc]


def end(table: str, target: str) -> None:
    """Let go of the target; harmless where nobody watches."""
    if is_on(table, target):
        _drop(table, _name(table, target))


def end_others(kept: Collection[tuple[str, str]]) -> None:
    """Let go of all that is watched but these (table, target)."""
    names = {_name(table, target) for table, target in kept}
    for name, table in _all():
        if name not in names:
            _drop(table, name)


def is_on(table: str, target: str) -> bool:
    """Whether somebody watches."""
    return (_name(table, target), table) in _all()


def _all() -> set[tuple[str, str]]:
    """Name and table of all watches."""
    asked = (
        "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace AND t.tgname LIKE 'watch~_%' "
        "ESCAPE '~'"
        if is_postgresql()
        else "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'watch~_%' ESCAPE '~'"
    )
    return {(name, table) for name, table in db.session.execute(sa.text(asked.replace("::", r"\:\:")))}


def _drop(table: str, name: str) -> None:
    dropped = f'DROP FUNCTION IF EXISTS "{name}" CASCADE' if is_postgresql() else f'DROP TRIGGER IF EXISTS "{name}"'
    alter(table, lambda op: op.execute(sa.text(dropped)))


def _name(table: str, target: str) -> str:
    name = f"watch_{table}_{target}"
    return name if len(name) <= LONGEST else f"{name[:50]}_{hashlib.sha256(name.encode()).hexdigest()[:9]}"
