"""The database itself refuses to change or delete what the audit log holds."""

from typing import Any

import sqlalchemy as sa

from portal.audit.lines import AuditLine
from portal.audit.seals import AuditSeal

TABLES = (AuditLine, AuditSeal)
REFUSAL = "lines of the audit log are only ever added"
FUNCTION = (
    "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
)


def _on_sqlite(table: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for deed in ("UPDATE", "DELETE")
    )


def _on_postgresql(table: str) -> str:
    deeds = "UPDATE OR DELETE OR TRUNCATE"
    return f"CREATE TRIGGER {table}_kept BEFORE {deeds} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"


SQLITE = tuple(statement for table in TABLES for statement in _on_sqlite(table.__tablename__))
POSTGRESQL = (FUNCTION, *(_on_postgresql(table.__tablename__) for table in TABLES))
"""What a migration has to say too."""

_ddl: Any = sa.DDL
for _table in TABLES:
    for _statement in _on_sqlite(_table.__tablename__):
        sa.event.listen(_table.__table__, "after_create", _ddl(_statement).execute_if(dialect="sqlite"))
    for _statement in (FUNCTION, _on_postgresql(_table.__tablename__)):
        sa.event.listen(_table.__table__, "after_create", _ddl(_statement).execute_if(dialect="postgresql"))
