"""Write the first migration anew from the models; only while no release of the portal is out.

A migration must not change when the code does, so it names plain types and holds its own statements.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import flask_migrate

from portal import create_app
from portal.audit import guard
from portal.cli.database import attach
from portal.looks import guard as looks_guard
from portal.records import token_index
from portal.settings import Settings

VERSIONS = Path(__file__).parent.parent / "migrations" / "versions"
OWN_TYPE = re.compile(r"portal\.extensions\.UtcDateTime\(timezone=True\)")
SEALED = re.compile(r"portal\.vault\.boxes\.SealedJson\([^)]*\)")
MONEY = re.compile(r"portal\.fields\.decimal\.ExactNumber\([^)]*\)")
EXACT = "sa.Numeric(18, 2).with_variant(sa.Float(), 'sqlite')"
GIN = re.compile(r"    with op\.batch_alter_table\(('\w+'), schema=None\) as batch_op:\n(.*postgresql_using='gin'\)\n)")
GIN_CALL = re.compile(r"batch_op\.(create_index|drop_index)\(('\w+'), ")
ON_SQLITE = "    if op.get_bind().dialect.name == 'sqlite':\n"
ON_POSTGRESQL = "    if op.get_bind().dialect.name == 'postgresql':\n"
UP, DOWN = "def upgrade() -> None:", "\n\n\ndef downgrade() -> None:"
DOWN_DOC = '    """Take this revision back."""\n'


def main() -> None:
    """Empty the folder of versions and autogenerate one against an empty database."""
    for old in VERSIONS.glob("*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.from_environment({"PORTAL_MODE": "test", "PORTAL_INSTANCE": folder}))
        attach(app)
        with app.app_context():
            flask_migrate.migrate(message="The first system tables", rev_id="0001")
    (file,) = VERSIONS.glob("0001_*.py")
    text = OWN_TYPE.sub("sa.DateTime(timezone=True)", file.read_text(encoding="utf-8"))
    text = SEALED.sub("sa.Text()", MONEY.sub(EXACT, text)).replace("import portal\n", "")
    file.write_text("# ruff: noqa: E501\n" + with_own_statements(GIN.sub(on_postgresql, text)), encoding="utf-8")
    for tidy in (["check", "--fix", "-q"], ["format", "-q"]):
        subprocess.run([sys.executable, "-m", "ruff", *tidy, str(file)], cwd=VERSIONS.parent.parent, check=False)


def on_postgresql(found: re.Match[str]) -> str:
    """An index that only PostgreSQL has."""
    return ON_POSTGRESQL + GIN_CALL.sub(rf"op.\1(\2, {found[1]}, ", found[2])


def with_own_statements(text: str) -> str:
    """Autogenerate sees no virtual tables and triggers, so those of search and audit log are written out."""
    own = {
        "FULL_TEXT": token_index.FTS,
        "KEPT_ON_SQLITE": guard.SQLITE + looks_guard.SQLITE,
        "KEPT_ON_POSTGRESQL": guard.POSTGRESQL + looks_guard.POSTGRESQL,
    }
    statements = "".join(f"{name} = {said!r}\n" for name, said in own.items())
    each = "        for statement in {}:\n            op.execute(statement)\n"
    creating = ON_SQLITE + each.format("FULL_TEXT + KEPT_ON_SQLITE") + ON_POSTGRESQL + each.format("KEPT_ON_POSTGRESQL")
    dropping = f"{ON_SQLITE}        op.execute('DROP TABLE IF EXISTS search_token')\n"
    text = text.replace(UP, f"{statements}\n\n{UP}").replace(DOWN, f"\n{creating}{DOWN}")
    return text.replace(DOWN_DOC, DOWN_DOC + dropping)


if __name__ == "__main__":
    main()
