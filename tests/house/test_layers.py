"""Rooms stand on lower rooms only, and are entered by their door."""

import ast
from collections.abc import Iterator

from importlinter.cli import lint_imports

from tests.house.sources import PORTAL, modules

ROOMS = {path.parent.name for path in PORTAL.glob("*/__init__.py")}
DOOR = 7


def test_layers_hold(capsys) -> None:
    status = lint_imports(cache_dir=None, no_cache=True)
    assert status == 0, capsys.readouterr().out


def _inner_imports() -> Iterator[str]:
    doors = _doors()
    for path, tree, _text in modules():
        others = doors.keys() - {path.split("/")[1]}
        for node in ast.walk(tree):
            for name in _names(node):
                parts = name.split(".")
                if len(parts) > 2 and parts[0] == "portal" and parts[1] in others and not _is_noun(doors, parts):
                    yield f"{path}:{node.lineno} enters {name}"


def _is_noun(doors: dict[str, list[object]], parts: list[str]) -> bool:
    """A module the door itself hands out, such as security.policy."""
    return len(parts) == 3 and parts[2] in doors[parts[1]]


def _doors() -> dict[str, list[object]]:
    """What each room lets out."""
    doors: dict[str, list[object]] = {room: [] for room in ROOMS}
    for path, tree, _text in modules():
        if path.count("/") == 2 and path.endswith("__init__.py"):
            doors[path.split("/")[1]] = [
                name for node in tree.body if isinstance(node, ast.Assign) for name in _all(node)
            ]
    return doors


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_rooms_are_entered_by_the_door() -> None:
    found = list(_inner_imports())
    assert not found, "\n".join(found)


def test_doors_are_narrow() -> None:
    wide = {room: len(names) for room, names in _doors().items() if len(names) > DOOR}
    assert not wide


def _all(node: ast.Assign) -> list[object]:
    is_all = any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    return list(ast.literal_eval(node.value)) if is_all else []
