"""Industry packs: documents of a trade that join the base, and extensions of documents that are there already.

A pack only ever adds: a field, an option, a right, a section. What the documents say already stays as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.errors import NotFound
from portal.fields import Text
from portal.schema import edit
from portal.schema.directory import SHIPPED, load
from portal.schema.source import Path as Place
from portal.schema.source import dotted, read

FOLDER = SHIPPED.parent / "config_packs"
LAST = 10_000  # behind all items of a list


@dataclass(frozen=True)
class Pack:
    """A trade: its own documents and, by path, what it adds to those of the base."""

    key: str
    label: Text
    about: Text
    documents: Mapping[str, str]
    extensions: Mapping[str, Mapping[str, Any]]


def names() -> list[str]:
    """Return the packs that ship."""
    return sorted(file.parent.name for file in FOLDER.glob("*/pack.yml"))


def pack(key: str) -> Pack:
    """Return a pack; raises NotFound."""
    if key not in names():
        raise NotFound
    extensions = load(FOLDER / key / "extend")
    return at(FOLDER / key, {path: read(path, text).tree for path, text in extensions.items()})


def at(folder: Path, extensions: Mapping[str, Mapping[str, Any]]) -> Pack:
    """Return the pack in a folder, its extensions read already; raises KeyError or ValueError for a bad `pack.yml`."""
    head = _tree(folder / "pack.yml")
    label, about = (Text.model_validate(head[part]) for part in ("label", "about"))
    return Pack(folder.name, label, about, load(folder), extensions)


def apply(documents: Mapping[str, str], added: Pack) -> dict[str, str]:
    """Return the documents with a pack: new ones beside them, additions inside them, comments kept."""
    merged = {**added.documents, **documents}
    for path, tree in added.extensions.items():
        if path in merged:
            merged[path] = _extended(merged[path], tree, ())
    return merged


@dataclass(frozen=True)
class Part:
    """One thing a pack brings: a document (no place) or something inside one; `there` says it is in the documents."""

    file: str
    place: str
    there: bool


def parts(documents: Mapping[str, str], added: Pack) -> list[Part]:
    """Return all a pack brings, and what of it the documents have: the layer each of these comes from."""
    found = [Part(path, "", path in documents) for path in added.documents]
    for path, tree in added.extensions.items():
        have = read(path, documents[path]).tree if path in documents else {}
        found += [Part(path, dotted(place), _is_there(_at(have, place), _at(tree, place))) for place in _named(tree)]
    return found


def _named(tree: Mapping[str, Any]) -> Iterator[Place]:
    """Yield the places under the mappings that a pack adds to, such as `fields.birthday`."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from ((key, below) for below in value)


def _at(tree: Any, place: Place) -> Any:
    for part in place:
        tree = tree.get(part) if isinstance(tree, dict) else None
    return tree


def _is_there(held: Any, brought: Any) -> bool:
    """Whether what is brought is there: of a list every item."""
    if isinstance(held, list) and isinstance(brought, list):
        return all(item in held for item in brought)
    return held is not None


def _extended(text: str, tree: Mapping[str, Any], place: Place) -> str:
    for key, value in tree.items():
        here = (*place, key)
        held = _at(read("", text).tree, here)
        if held is None:
            text = edit.add_field(text, key, value) if place == ("fields",) else edit.put(text, here, value)
        elif isinstance(held, dict) and isinstance(value, dict):
            text = _extended(text, value, here)
        elif isinstance(held, list) and isinstance(value, list):
            for item in value:
                text = text if item in held else edit.insert(text, here, LAST, item)
    return text


def _tree(file: Path) -> Any:
    return read(file.name, file.read_text(encoding="utf-8")).tree
