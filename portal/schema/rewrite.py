"""Bring a document's text to say something else with the fewest edits: comments and untouched lines stay."""

import json
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from portal.schema import edit
from portal.schema.source import Path, read, write

Order = Sequence[str]


def rewrite(text: str, tree: Mapping[str, Any], order: Order = ()) -> str:
    """Return the text changed so that it reads as `tree`; new keys at the top stand as `order` says."""
    changed = _become(text, (), read("", text).tree, tree, order)
    return changed if _same(read("", changed).tree, tree) else write(tree)


def _become(text: str, path: Path, old: Any, new: Any, order: Order) -> str:
    if _same(old, new):
        return text
    if isinstance(old, Mapping) and isinstance(new, Mapping) and old.keys() & new.keys():
        return _mapping(text, path, old, new, order)
    if isinstance(old, list) and isinstance(new, list) and old and new:
        return _list(text, path, old, new)
    return edit.put(text, path, new, order)


def _mapping(text: str, path: Path, old: Mapping[str, Any], new: Mapping[str, Any], order: Order) -> str:
    for key in old:
        if key not in new:
            text = edit.remove(text, (*path, key))
    for key, value in new.items():
        if key in old:
            text = _become(text, (*path, key), old[key], value, ())
        else:
            text = edit.put(text, (*path, key), value, order or tuple(new))
    return text


def _list(text: str, path: Path, old: list[Any], new: list[Any]) -> str:
    """Change items from the last to the first, so that the places of those before stay right."""
    steps = SequenceMatcher(None, [_word(item) for item in old], [_word(item) for item in new], autojunk=False)
    for kind, start, end, fresh, until in reversed(steps.get_opcodes()):
        shared = min(end - start, until - fresh) if kind == "replace" else 0
        if kind == "equal":
            continue
        for place in range(end - 1, start + shared - 1, -1):
            text = edit.remove(text, (*path, place))
        for place in range(fresh + shared, until):
            text = edit.insert(text, path, start + shared + place - fresh - shared, new[place])
        for place in range(shared):
            text = _become(text, (*path, start + place), old[start + place], new[fresh + place], ())
    return text


def _same(one: object, other: object) -> bool:
    return _word(one) == _word(other)


def _word(value: object) -> str:
    """Return a text that is the same for the same data: true and 1 are not."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
