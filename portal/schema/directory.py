"""Documents as a directory of files: what ships, what `export` writes."""

import re
from collections.abc import Mapping
from pathlib import Path

from portal.schema.layers.overlay import FOLDER
from portal.schema.nouns import KINDS

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
SHIPPED = Path(__file__).resolve().parents[2] / "config_schemas"


def path_of(kind: str, key: str) -> str | None:
    """Return the path of a document, or None for a kind or a key that cannot be."""
    return f"{kind}/{key}.yml" if kind in KINDS and KEY.fullmatch(key) else None


def _files(directory: Path) -> list[Path]:
    """All documents in the directory, those of offices too."""
    offices = sorted(folder for folder in (directory / FOLDER).glob("*") if folder.is_dir())
    return [file for place in (directory, *offices) for kind in KINDS for file in sorted((place / kind).glob("*.y*ml"))]


def load(directory: Path = SHIPPED) -> dict[str, str]:
    """Return path → text of all documents in the directory; raises FileNotFoundError or UnicodeDecodeError."""
    if not directory.is_dir():
        raise FileNotFoundError(f"no such directory: {directory}")
    places = {file.relative_to(directory).with_suffix(".yml").as_posix(): file for file in _files(directory)}
    return {path: file.read_text(encoding="utf-8") for path, file in sorted(places.items())}


def export(documents: Mapping[str, str], directory: Path) -> list[Path]:
    """Write the documents, take away those of the known kinds that are no longer there; return what was written."""
    written = []
    for file in _files(directory):
        if file.suffix == ".yml" and file.relative_to(directory).as_posix() not in documents:
            file.unlink()
    for path, text in sorted(documents.items()):
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        written.append(file)
    return written
