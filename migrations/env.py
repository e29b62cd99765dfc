"""How migrations run: system tables only; tables of records and columns of the schema belong to releases."""

import re
from typing import Any

from alembic import context
from flask import current_app

RECORD_TABLE = re.compile(r"record_|search_|sqlite_")
SCHEMA_COLUMN = re.compile(r".*_f\d+$")


def concerns_us(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Whether autogenerate may look at this table, column or index."""
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", None)
    if RECORD_TABLE.match(table or "") and reflected and compare_to is None:
        return False
    return not (kind == "column" and reflected and SCHEMA_COLUMN.fullmatch(name or ""))


def run() -> None:
    """Run the migrations on the portal's database, all in one transaction."""
    database = current_app.extensions["migrate"].db
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            include_object=concerns_us,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
