"""The files of the tree that the house tests look at."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PORTAL = ROOT / "portal"
TEMPLATES = PORTAL / "templates"
# Mail programs and the typesetter take no outer style sheets.
PAPER = ("mail/", "pdf/")
BINARY = {".gz", ".ttf", ".otf", ".woff2", ".png", ".jpg", ".pdf", ".xlsx", ".ico", ".lock"}


def modules(*folders: str) -> Iterator[tuple[str, ast.Module, str]]:
    """Every Python file: its path from the root, its tree, its text."""
    for folder in folders or ("portal",):
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            yield path.relative_to(ROOT).as_posix(), _tree(text), text


@cache
def _tree(text: str) -> ast.Module:
    return ast.parse(text)


def templates() -> dict[str, str]:
    """Every template by its name."""
    found = (path for path in sorted(TEMPLATES.rglob("*")) if path.is_file())
    return {path.relative_to(TEMPLATES).as_posix(): path.read_text(encoding="utf-8") for path in found}


def pages() -> dict[str, str]:
    """The templates that a browser shows under the content policy."""
    return {name: text for name, text in templates().items() if not name.startswith(PAPER)}


def tracked() -> dict[str, str]:
    """Every text file that belongs to the project, but for what is vendored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    mine = (name for name in names if name and "/vendor/" not in name and Path(name).suffix not in BINARY)
    return {name: text for name in mine if (text := _text(ROOT / name)) is not None}


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError):
        return None
