"""Where a field is used in all documents, and its rename in every one of these with comments kept.

The check itself knows every place that names a field: documents without the field are checked, and each new complaint
is a use. Only texts for people (`{{ name }}`, `{name}`) are looked through by their marks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.nodes import ScalarNode

from portal.errors import Invalid
from portal.schema import edit
from portal.schema.appraisal import MISSING
from portal.schema.check import check
from portal.schema.field_builder import COMPUTED
from portal.schema.places import find
from portal.schema.problems import Problem
from portal.schema.source import Path, dotted, read
from portal.schema.system_fields import SYSTEM, Called

ROUNDS = 12  # a place inside another that names the field shows only when the outer one is mended
GONE = "zz_gone_{}"


@dataclass(frozen=True)
class Use:
    """One place that names a field."""

    file: str
    line: int
    path: str
    text: str


def uses(documents: Mapping[str, str], entity: str, key: str) -> list[Use]:
    """Return every place that names the field, in the order of documents and lines."""
    gone = GONE.format(key)[:40]
    home, place = _home(documents, entity, key)
    without, called, declared = documents, {(entity, key): gone}, 0
    if key not in SYSTEM:
        without, called = {**documents, home: _without(documents[home], place, gone)}, {}
        declared = read(home, documents[home]).lines.get(place, 0)
    found = []
    for file, text in _followed(documents, without, entity, key, gone, called).items():
        lines = documents[file].splitlines()
        for number, (before, after) in enumerate(zip(lines, text.splitlines(), strict=True), 1):
            if before != after and (file, number) != (home, declared):
                found.append(Use(file, number, _path_at(text, number, gone).replace(gone, key), before.strip()))
    return found


def renamed(documents: Mapping[str, str], entity: str, key: str, new: str) -> dict[str, str]:
    """Return the documents that change when the field gets another key; raises Invalid when the key is taken."""
    home = f"entities/{entity}.yml"
    known = check(documents).catalog.entities.get(entity)
    if known is None or key not in known.fields or new in known.fields:
        raise Invalid({"key": "There is such a field already, or none to rename."})
    text = edit.put(edit.rename(documents[home], ("fields", key), new), ("fields", new, "was"), key)
    return _followed(documents, {**documents, home: text}, entity, key, new)


def _home(documents: Mapping[str, str], entity: str, key: str) -> tuple[str, Path]:
    """Return the document that a field comes from and the place of its key: its entity's, or that of a rule."""
    home = f"entities/{entity}.yml"
    for file, tree in check(documents).trees.items():
        rule = COMPUTED.get(file.partition("/")[0]) if isinstance(tree, Mapping) and tree.get("on") == entity else None
        for place, made, *_ in rule(tree) if rule else ():
            if made == key:
                return file, (place,)
    return home, ("fields", key)


def _without(text: str, place: Path, gone: str) -> str:
    """Give a field a key that nothing speaks of."""
    return edit.rename(text, place, gone) if place[0] == "fields" else _replace(text, place, gone)


def _followed(
    documents: Mapping[str, str],
    changed: Mapping[str, str],
    entity: str,
    key: str,
    new: str,
    called: Called | None = None,
) -> dict[str, str]:
    """Bring all documents after the change of one of them; returns those that are other than before."""
    work = dict(changed)
    before = {_place(problem) for problem in check(documents).errors}
    for _round in range(ROUNDS):
        told = [problem for problem in check(work, called=called).errors if _place(problem) not in before]
        changes = {problem.file: _mended(work[problem.file], problem, entity, key, new) for problem in told}
        if not any(text != work[file] for file, text in changes.items()):
            break
        for problem in told:
            work[problem.file] = _mended(work[problem.file], problem, entity, key, new)
    work = {file: _texts(file, text, entity, key, new) for file, text in work.items()}
    return {file: text for file, text in work.items() if text != documents[file]}


def _place(problem: Problem) -> tuple[str, str]:
    return problem.file, problem.path


def _mended(text: str, problem: Problem, entity: str, key: str, new: str) -> str:
    """Put the new key at the place of a complaint that ends with the old one."""
    source = read(problem.file, text)
    alone = problem.path.removesuffix("[1]")  # a single word may stand for a list of one
    for place in (problem.path, alone):
        for path in source.lines:
            if dotted(path) == place:
                return _at(text, path, source.tree, entity, key, new)
    if problem.path == "field" and problem.file.startswith("tags/"):  # left out, it stands for "tags"
        return edit.put(text, ("field",), new)
    return text


def _at(text: str, path: Path, tree: Any, entity: str, key: str, new: str) -> str:
    for part in path:
        tree = tree[part]
    if path and path[-1] == key:
        return edit.rename(text, path, new)
    if path and path[-1] == f"{entity}.{key}":
        return edit.rename(text, path, f"{entity}.{new}")
    if path and path[-1] == "formula" and isinstance(tree, str):
        return edit.put(text, path, _in_formula(tree, key, new))
    if tree == f"{entity}-{key}":  # the tab of a relation
        return _replace(text, path, f"{entity}-{new}")
    if tree in (key, f"-{key}"):
        return _replace(text, path, str(tree).replace(key, new))
    return text


def _in_formula(formula: str, key: str, new: str) -> str:
    """Put the new key wherever the formula names the field; what stands in quotes is text."""
    pieces = rf"""\"[^\"]*\"|'[^']*'|\b{re.escape(key)}\b"""
    return re.sub(pieces, lambda match: new if match[0] == key else match[0], formula)


def _replace(text: str, path: Path, word: str) -> str:
    """Put another word in the place of a plain value."""
    node = find(text, path)
    if not isinstance(node, ScalarNode):
        return text
    return text[: node.start_mark.index] + word + text[node.end_mark.index :]


def _texts(file: str, text: str, entity: str, key: str, new: str) -> str:
    """Rename the field in the texts for people that speak of the entity's records."""
    tree = read(file, text).tree
    if not isinstance(tree, dict):
        return text
    if file.startswith("messages/") and tree.get("on", "customer") == entity:
        return re.sub(rf"({{{{-?\s*){re.escape(key)}\b", rf"\g<1>{new}", text)
    if file.startswith("quality/") and tree.get("on") == entity:  # issues are called after the field they miss
        return re.sub(rf"\b{MISSING}{re.escape(key)}\b", f"{MISSING}{new}", text)
    if file == f"entities/{entity}.yml" and isinstance(tree.get("timeline"), dict):
        return re.sub(rf"^(\s*timeline:.*|\s+text:.*){{{re.escape(key)}}}", rf"\g<1>{{{new}}}", text, flags=re.M)
    return text


def _path_at(text: str, line: int, gone: str) -> str:
    """The path on that line which names the field; the longest where it is named inside a text."""
    source = read("", text)
    paths = [path for path, at in source.lines.items() if at == line and path]
    named = [path for path in paths if gone in str(path[-1]) or gone in str(_value(source.tree, path))]
    return dotted(max(named or paths, key=len)) if paths else ""


def _value(tree: Any, path: Path) -> Any:
    """The plain value at a path; nothing for a branch, whose text would hold all that is below."""
    for part in path:
        tree = tree[part]
    return "" if isinstance(tree, dict | list) else tree
