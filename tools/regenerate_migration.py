"""Write the first migration anew from the models; only while no release of the portal is out."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import flask_migrate

from portal import create_app
from portal.settings import Settings

VERSIONS = Path(__file__).parent.parent / "migrations" / "versions"
OWN_TYPE = re.compile(r"portal\.extensions\.UtcDateTime\(timezone=True\)")
ROOT = VERSIONS.parent.parent


def main() -> None:
    """Empty the folder of versions and autogenerate one against an empty database."""
    for file in VERSIONS.glob("*.py"):
        file.unlink()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.from_environment({"PORTAL_MODE": "test", "PORTAL_INSTANCE": folder}))
        with app.app_context():
            flask_migrate.migrate(message="The first system tables", rev_id="0001")
    (file,) = VERSIONS.glob("0001_*.py")
    # A migration must not change when the code does, so it names the plain type.
    file.write_text(OWN_TYPE.sub("sa.DateTime(timezone=True)", file.read_text(encoding="utf-8")), encoding="utf-8")
    for tidy in (["check", "--fix", "-q"], ["format", "-q"]):
        subprocess.run([sys.executable, "-m", "ruff", *tidy, str(file)], cwd=ROOT, check=False)


if __name__ == "__main__":
    main()
