"""The database itself refuses to change looks, and to delete what is not half a year old."""

from typing import Any

import sqlalchemy as sa

from portal.looks.model import Look, Sight

LEAST_DAYS = 180
CHANGED = "looks are only ever added"
YOUNG = f"looks are kept for {LEAST_DAYS} days"

SQLITE = (
    f"CREATE TRIGGER IF NOT EXISTS look_no_update BEFORE UPDATE ON look BEGIN SELECT RAISE(ABORT, '{CHANGED}'); END",
    f"CREATE TRIGGER IF NOT EXISTS look_no_delete BEFORE DELETE ON look "
    f"WHEN OLD.at > datetime('now', '-{LEAST_DAYS} days') BEGIN SELECT RAISE(ABORT, '{YOUNG}'); END",
    f"CREATE TRIGGER IF NOT EXISTS look_sight_no_update BEFORE UPDATE ON look_sight "
    f"BEGIN SELECT RAISE(ABORT, '{CHANGED}'); END",
    f"CREATE TRIGGER IF NOT EXISTS look_sight_no_delete BEFORE DELETE ON look_sight "
    f"BEGIN SELECT RAISE(ABORT, '{CHANGED}'); END",
)
POSTGRESQL = (
    f"CREATE OR REPLACE FUNCTION look_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{CHANGED}'; END $$",
    f"CREATE OR REPLACE FUNCTION look_refuse_young() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"IF OLD.at > now() - interval '{LEAST_DAYS} days' THEN RAISE EXCEPTION '{YOUNG}'; END IF; RETURN OLD; END $$",
    "CREATE TRIGGER look_kept BEFORE UPDATE OR TRUNCATE ON look FOR EACH STATEMENT EXECUTE FUNCTION look_refuse()",
    "CREATE TRIGGER look_young BEFORE DELETE ON look FOR EACH ROW EXECUTE FUNCTION look_refuse_young()",
    "CREATE TRIGGER look_sight_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON look_sight "
    "FOR EACH STATEMENT EXECUTE FUNCTION look_refuse()",
)
"""What a migration has to say too."""

_ddl: Any = sa.DDL
for _name, _statements in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
    for _statement in _statements:
        _both, _only = "FUNCTION look_refuse()" in _statement, "ON look_sight" in _statement
        for _model in (Look, Sight) if _both and "CREATE OR" in _statement else (Sight,) if _only else (Look,):
            sa.event.listen(_model.__table__, "after_create", _ddl(_statement).execute_if(dialect=_name))
