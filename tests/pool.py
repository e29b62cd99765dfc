"""Copies of the template database that tests hand on: putting the rows back takes a tenth of making a new copy.

A copy whose tables, columns or indexes are other than the template's (a release was published) is thrown away.
"""

import itertools
import os

import psycopg
from psycopg import sql

from tests.engines import Postgres

MOST_USES = 40  # deleted rows stay in the pages, for nothing vacuums here
LOCK_SECONDS = 5
numbers = itertools.count(1)

SHAPE = """
SELECT md5(string_agg(concat_ws(' ', c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull), ';'
  ORDER BY c.relname, a.attnum))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0"""
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = '{}'::regnamespace AND relkind = 'r'"
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"


class Pool:
    """The copies of one template that no test uses now."""

    def __init__(self, server: Postgres, template: str) -> None:
        self.server, self.template = server, template
        self.free: list[str] = []
        self.uses: dict[str, int] = {}
        with self._open(template) as connection:
            self._keep(connection)

    def lend(self) -> str:
        """A database as the template is."""
        if self.free:
            return self.free.pop()
        name = f"portal_{os.getpid()}_{next(numbers)}"
        self.server.copy(self.template, name)
        self.uses[name] = 0
        return name

    def take_back(self, name: str) -> None:
        """Make it what it was, or drop it where that cannot be."""
        self.uses[name] += 1
        if self.uses[name] < MOST_USES and self._put_back(name):
            self.free.append(name)
        else:
            self.server.drop(name)

    def _open(self, name: str) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self.server.folder), port=5432, user=self.server.owner, dbname=name, autocommit=True
        )

    def _keep(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        """Remember the template's shape, and in a schema of its own the rows it has."""
        self.shape = connection.execute(SHAPE).fetchone()
        self.sequences = dict(connection.execute(SEQUENCES).fetchall())
        self.kept: list[str] = []
        connection.execute("CREATE SCHEMA kept")
        for (table,) in connection.execute(TABLES.format("public")).fetchall():
            name = sql.Identifier(str(table))
            if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(name)).fetchone():
                connection.execute(sql.SQL("CREATE TABLE kept.{} AS TABLE public.{}").format(name, name))
                self.kept.append(str(table))

    def _put_back(self, name: str) -> bool:
        try:
            with self._open(name) as connection:
                connection.execute(OTHERS, [connection.info.backend_pid])
                if connection.execute(SHAPE).fetchone() != self.shape:
                    return False
                connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
                connection.execute("SET session_replication_role = replica")  # foreign keys wait for all rows
                with connection.transaction():
                    self._rows(connection)
        except psycopg.Error:
            return False
        return True

    def _rows(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        for (table,) in connection.execute(TABLES.format("public")).fetchall():
            connection.execute(sql.SQL("DELETE FROM public.{}").format(sql.Identifier(str(table))))
        for table in self.kept:
            one = sql.Identifier(table)
            connection.execute(sql.SQL("INSERT INTO public.{} SELECT * FROM kept.{}").format(one, one))
        for sequence, last in connection.execute(SEQUENCES).fetchall():
            before = self.sequences[sequence]
            if last != before:
                connection.execute("SELECT setval(%s, %s, %s)", [f"public.{sequence}", before or 1, before is not None])
