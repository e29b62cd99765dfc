"""Write docs/running.md: every setting and every command, from the code that reads them."""

from pathlib import Path

import click

from portal.cli import commands as portal_commands
from portal.settings import SETTINGS

FILE = Path(__file__).parent.parent / "docs" / "running.md"
HEAD = """# Running the portal

This page is made by `python tools/write_running.py`; a test keeps it true.

`make run` starts everything on one machine with parts of its own: SQLite and files in `instance/`, an embedded
Valkey on a unix socket, web, worker and scheduler under one launcher. For an office server set
`PORTAL_DATABASE_URL` and `REDIS_URL` and start `portal up` from a service manager; `GET /health` says how
database, Redis, workers, scheduler and release stand.

## Backup and restore

`portal backup` writes database, stored files and secret key into one file while the portal works: one moment of the
database (SQLite's online backup, or `pg_dump` of a snapshot in which the rows are counted too), every file that rows
name, and a manifest with the SHA-256 of each. Let cron or a timer run it every night with `--keep 14`, and carry the
file to another machine; whoever has it has the portal, so keep it as safe.

`portal restore FILE` brings all of it back on an empty machine with the same kind of database: it reads the whole file
and its checksums before it touches anything, puts the database in place in one step, counts the rows of every table
again and brings the system tables up to date. Where there is data it wants `--replace`; where a portal is at work it
refuses. `portal restore --check FILE` only says whether the file is whole.

## Files

What people upload lies under its checksum in `files` of the instance folder, or in a bucket of S3-compatible storage
(`PORTAL_FILES=s3`, `S3_…`; `pip install 'kehu[s3]'`). Either way it is reached through the portal alone, with the
right to the record it hangs on; the bucket is never public. `portal files move --to s3` carries older files over while
the portal works, `--to folder` back: it reads each one back and compares checksums, and stopped it goes on where it
was. `portal files check` reads all of them. A nightly job deletes bytes that no record has named for a day.

A backup holds the files of either store; `portal restore` puts them into the store that the settings choose.

## Encrypted fields

A field with `encrypted: true` is sealed in the database (`docs/decisions/0009-sealed-fields.md`). What seals it is a
data key, kept under a key derived from `PORTAL_SECRET_KEY`: whoever has the database alone reads nothing, and without
that key nobody does. A backup carries it; keep another copy where the database is not.

`portal keys list` shows the data keys and how many values each seals; `portal keys rotate` (or the page *Encryption
keys*) makes another one: new values are sealed with it at once, a job seals the others while people work, and the old
key is destroyed when nothing needs it any more. `PORTAL_CIPHER=sm4-gcm` takes SM4 for keys made from then on, so
rotate once after changing it. When a field becomes encrypted that was not, its former values may still stand in free
pages of the database, older lines of the audit log and older backups: run `VACUUM FULL` (SQLite: `VACUUM`) after the
job, and let old backups go.

## Settings

All come from the environment and are checked at start, with a message that names the variable.

| variable | default | meaning |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = [f"| `{one.name}` | {f'`{one.default}`' if one.default else '–'} | {one.meaning} |" for one in SETTINGS]
    return (
        HEAD
        + "\n".join(rows)
        + "\n\n## Commands\n\n| command | what it does |\n|---|---|\n"
        + "\n".join(commands())
        + "\n"
    )


def commands() -> list[str]:
    """A row for each command and subcommand."""
    found: list[str] = []
    _walk(portal_commands, "portal", found)
    return found


def _walk(command: click.Command, path: str, found: list[str]) -> None:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            if (below := command.get_command(context, name)) is not None and not below.hidden:
                _walk(below, f"{path} {name}", found)
        return
    arguments = " ".join(
        one.make_metavar(click.Context(command)) for one in command.params if isinstance(one, click.Argument)
    )
    name = f"{path} {arguments}".strip().replace("|", "\\|")
    found.append(f"| `{name}` | {command.get_short_help_str(200)} |")


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
