"""The overlays among the documents: `offices/<office>/<kind>/<key>.yml`, by the office's key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FOLDER = "offices"
OFFICE = re.compile(r"[a-z][a-z0-9_]{0,59}")
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")

Trees = Mapping[str, Any]  # path → plain data


@dataclass(frozen=True)
class Overlay:
    """One document of an office and the document it is laid over."""

    office: str
    base: str  # the path of the document below it: `entities/customer.yml`

    @property
    def file(self) -> str:
        """The overlay's own path."""
        return f"{FOLDER}/{self.office}/{self.base}"

    @property
    def kind(self) -> str:
        """The kind of the document below it."""
        return self.base.partition("/")[0]

    @classmethod
    def of(cls, file: str) -> "Overlay | None":
        """The overlay that a path names, or None for any other document."""
        folder, _, rest = file.partition("/")
        office, _, base = rest.partition("/")
        is_whole = folder == FOLDER and OFFICE.fullmatch(office) and base.count("/") == 1 and base.endswith(".yml")
        return cls(office, base) if is_whole else None


def path_of(office: str, kind: str, key: str) -> str | None:
    """The path of an overlay, or None where one of its words cannot be."""
    from portal.schema.layers.shapes import SHAPES

    if not OFFICE.fullmatch(office) or kind not in SHAPES or not KEY.fullmatch(key):
        return None
    return f"{FOLDER}/{office}/{kind}/{key}.yml"


def split(trees: Trees) -> tuple[dict[str, Any], dict[str, Any]]:
    """The documents everybody has, and those of the folder of offices."""
    base = {file: tree for file, tree in trees.items() if not file.startswith(f"{FOLDER}/")}
    return base, {file: tree for file, tree in trees.items() if file not in base}


def overlays(files: Mapping[str, Any]) -> list[Overlay]:
    """The overlays among the documents, office by office."""
    found = (Overlay.of(file) for file in sorted(files))
    return [overlay for overlay in found if overlay is not None]
