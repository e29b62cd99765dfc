"""The `portal` command. COMMANDS is the one list of what it can do."""

import sys
from importlib import import_module

import click

from portal.errors import PortalError
from portal.settings import SettingsError

COMMANDS: dict[str, str] = {
    "backup": "portal.cli.backups",
    "bench": "portal.cli.bench",
    "duplicates": "portal.cli.duplicates",
    "files": "portal.cli.files",
    "import": "portal.cli.imports",
    "up": "portal.cli.up",
    "worker": "portal.cli.processes",
    "scheduler": "portal.cli.processes",
    "prepare": "portal.cli.prepare",
    "db": "portal.cli.database",
    "jobs": "portal.cli.jobs",
    "keys": "portal.cli.keys",
    "people": "portal.cli.people",
    "register": "portal.cli.register",
    "restore": "portal.cli.backups",
    "schema": "portal.cli.schema",
    "search": "portal.cli.search",
}
"""Name of a command → module that has it, as an attribute of the same name (with `_` for `-`)."""


class Commands(click.Group):
    """Imports a command only when it is asked for, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(COMMANDS[cmd_name]), cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Run and look after the customer portal."""


def main() -> None:
    """What the console script calls; says one clear line and exits with 1 on a failure a person can mend."""
    try:
        commands(prog_name="portal")
    except (PortalError, SettingsError) as problem:
        click.echo(f"portal: {problem}", err=True)
        sys.exit(1)
