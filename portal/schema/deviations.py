"""How an office differs from what it inherits: value by value, with the layer each inherited value comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from portal.fields import Text
from portal.schema import edit, packs
from portal.schema.layers.overlay import Overlay, Trees, overlays, split
from portal.schema.layers.rules import Leaf
from portal.schema.layers.shapes import SHAPES
from portal.schema.layers.stack import laid
from portal.schema.places import find
from portal.schema.source import Path, dotted, read


@dataclass(frozen=True)
class Value:
    """One value an office may speak of; `source` is the layer that says what is inherited: "", a pack, an office."""

    leaf: Leaf
    source: str

    @property
    def name(self) -> str:
        """The value's place as people read it."""
        return dotted(self.leaf.path)

    @property
    def address(self) -> str:
        """The value's place as a form sends it."""
        return "/".join(str(part) for part in self.leaf.path)


@dataclass(frozen=True)
class Deviation:
    """How many values one office adds, relabels, tightens or sets in one document."""

    overlay: Overlay
    values: tuple[Value, ...]

    def count(self, kind: str) -> int:
        """How many values are of a kind."""
        return sum(value.leaf.kind == kind for value in self.values)


def values(trees: Trees, one: Overlay, above: tuple[str, ...] = ()) -> list[Value]:
    """All that the office may say in a document, inherited through the offices `above` it."""
    base, over = split(trees)
    below = laid(base, over, above).get(one.base)
    found = SHAPES[one.kind].leaves((), below, over.get(one.file))
    return [Value(leaf, _source(base, over, one, above, leaf.path)) for leaf in found]


def deviations(trees: Trees, office: str) -> Iterator[Deviation]:
    """The documents in which an office differs, with the values it says itself."""
    for one in overlays(split(trees)[1]):
        if one.office == office and one.kind in SHAPES:
            said = tuple(value for value in values(trees, one) if value.leaf.kind)
            yield Deviation(one, said)


def _source(base: Trees, over: Trees, one: Overlay, above: tuple[str, ...], path: Path) -> str:
    """The last layer that speaks of the place: an office above, a pack, or the base."""
    for office in reversed(above):
        if _holds(over.get(Overlay(office, one.base).file), path):
            return office
    for key, brought in _brought().items():
        if one.base in brought and (not brought[one.base] or any(path[:2] == place for place in brought[one.base])):
            return key
    return ""


def _holds(tree: Any, path: Path) -> bool:
    for part in path:
        if not isinstance(tree, Mapping) or part not in tree:
            return False
        tree = tree[part]
    return True


@cache
def _brought() -> dict[str, dict[str, set[Path]]]:
    """By pack the documents it brings, with the places in those that were there before."""
    found: dict[str, dict[str, set[Path]]] = {}
    for key in packs.names():
        pack = packs.pack(key)
        found[key] = {path: set() for path in pack.documents}
        for path, tree in pack.extensions.items():
            found[key][path] = {(top, name) for top, body in tree.items() if isinstance(body, dict) for name in body}
    return found


def pack_of(path: str, place: Path = ()) -> Text | None:
    """The pack that brings a document, or a place inside it; None for what is the base's own."""
    for key, brought in _brought().items():
        if path in brought and (not brought[path] if not place else place in brought[path]):
            return packs.pack(key).label
    return None


def parts_of(path: str, tree: Any) -> list[tuple[Text, list[str]]]:
    """The packs that have added to a document, each with the places it has added."""
    found = []
    for key, brought in _brought().items():
        places = [dotted(place) for place in sorted(brought.get(path, ()), key=str) if _holds(tree, place)]
        if [place for place in places if place.startswith("fields")]:
            found.append((packs.pack(key).label, places))
    return found


def given_back(text: str, path: Path) -> str:
    """An overlay's text without one value, and without what then holds nothing."""
    if find(text, path) is None and path[-1] == "label":  # an option in short says its label without the word
        for word in ("zh", "en"):
            text = edit.remove(text, (*path[:-1], word))
    text = edit.remove(text, path)
    while len(path) > 1 and _is_empty(text, path := path[:-1]):
        text = edit.remove(text, path)
    return "" if read("", text).tree in ({}, None) else text


def _is_empty(text: str, path: Path) -> bool:
    tree = read("", text).tree
    for part in path:
        tree = tree.get(part) if isinstance(tree, dict) else None
    return bool(tree == {})
