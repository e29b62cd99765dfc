"""A web process holds what pages need; what only jobs and commands need comes in where they begin."""

import subprocess
import sys
from pathlib import Path

HEAVY = {
    "alembic",  # migrations, and releases that change storage
    "boto3",
    "flask_migrate",
    "fontTools",
    "mako",
    "numpy",
    "openpyxl",
    "psycopg",  # on SQLite
    "py_mini_racer",
    "pygments",
    "pypinyin",
    "python_calamine",
    "weasyprint",
    "xlsxwriter",
}
SHOW = "import sys, wsgi; print(*{name.split('.')[0] for name in sys.modules})"


def test_a_web_process_on_sqlite_does_without_what_others_need(tmp_path: Path) -> None:
    given = {"PORTAL_MODE": "test", "PORTAL_INSTANCE": str(tmp_path), "PYTHONPATH": ":".join(filter(None, sys.path))}
    root = Path(__file__).parent.parent.parent
    loaded = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=root, env=given, check=True, capture_output=True, text=True
    ).stdout.split()
    assert "portal" in loaded
    assert HEAVY.isdisjoint(loaded), HEAVY & set(loaded)
