"""Turn what pydantic refuses into faults an author understands, with the nearest allowed word."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, get_args, get_origin

from flask_babel import lazy_gettext as _l
from pydantic import BaseModel, ValidationError

from portal.schema.problems import Fault, nearest
from portal.schema.source import Path

LIKELY: tuple[Any, ...] = ("mended", "1 day", "09:00", "blue", "5%", [], {})  # tried in turn where a value was refused
WANTED = {
    "string": _l("must be a text"),
    "bool": _l("must be true or false"),
    "int": _l("must be a whole number"),
    "float": _l("must be a number"),
    "decimal": _l("must be a number"),
    "dict": _l("must be a mapping of key: value"),
    "model": _l("must be a mapping of key: value"),
    "tuple": _l("must be a list"),
    "list": _l("must be a list"),
    "date": _l("must be a date such as 2026-05-01"),
}


def faults(error: ValidationError, model: type[BaseModel], tree: object, extra: frozenset[str]) -> Iterator[Fault]:
    """Yield a fault for each error; `extra` are further keys allowed at the top of the tree."""
    told: set[Path] = set()
    for item in error.errors():
        path = _path(item["loc"], tree)
        if path in told:  # the other members of a union refuse the same value
            continue
        told.add(path)
        yield from _explain(item, path, model, extra)


def _explain(item: Any, path: Path, model: type[BaseModel], extra: frozenset[str]) -> Iterator[Fault]:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "condition":
        yield from (Fault((*path, *fault.path), fault.message, fault.hint) for fault in context["faults"])
    elif kind == "extra_forbidden":
        allowed = _keys(model, item["loc"][:-1]) | (extra if len(item["loc"]) == 1 else frozenset())
        yield Fault(path, _l("unknown key"), nearest(path[-1] if path else "", allowed))
    elif kind == "missing":
        yield Fault(path, _l('missing key "%(key)s"', key=item["loc"][-1]))
    elif kind == "literal_error":
        message = _l('"%(word)s" is not one of the choices', word=item["input"])
        yield Fault(path, message, nearest(item["input"], _choices(item)))
    elif kind == "value_error":
        error = context.get("error")
        yield Fault(path, error.args[0] if error and error.args else item["msg"])
    else:
        yield Fault(path, _message(kind, item, context))


def _message(kind: str, item: Any, context: dict[str, Any]) -> object:
    if kind == "string_pattern_mismatch":
        return _l("must be made of small letters, digits and _ (at most 40), beginning with a letter")
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        return _l("must lie in the allowed range: %(why)s", why=", ".join(f"{k} {v}" for k, v in context.items()))
    return WANTED.get(kind.split("_")[0]) or item["msg"]


def _path(loc: Path, tree: object) -> Path:
    """Keep the parts of pydantic's place that exist in the document (it also names union members)."""
    path: list[str | int] = []
    for part in loc:
        if _holds(tree, part):
            tree = tree[part]  # type: ignore[index]
            path.append(part)
    return tuple(path)


def mended(tree: Any, error: ValidationError, attempt: int = 0) -> Any:
    """Return a copy with something likely in the place of what was refused or is missing, to go on checking."""
    copy = deepcopy(tree)
    steps = [(_path(item["loc"], tree), item) for item in error.errors()]
    for path, item in sorted(steps, key=lambda step: -len(step[0])):
        if item["type"] == "missing":
            path = (*path, item["loc"][-1])
        parent = _at(copy, path[:-1])
        if path and parent is not None:
            _mend(parent, path[-1], item, attempt)
    return copy


def _mend(parent: Any, key: str | int, item: Any, attempt: int) -> None:
    kind = item["type"]
    if kind == "extra_forbidden":
        parent.pop(key, None)
    elif kind == "condition":
        parent[key] = {}
    elif kind == "literal_error":
        parent[key] = _choices(item)[0]
    elif isinstance(key, int) or kind in ("missing", "value_error", "string_pattern_mismatch"):
        parent[key] = LIKELY[attempt % len(LIKELY)]
    else:
        parent.pop(key, None)


def _choices(item: Any) -> list[str]:
    return re.findall(r"'([^']*)'", item["ctx"]["expected"]) or ["mended"]


def _at(tree: Any, path: Path) -> Any:
    """Return what stands at the path, or None where nothing does."""
    for part in path:
        if not _holds(tree, part):
            return None
        tree = tree[part]
    return tree if isinstance(tree, dict | list) else None


def _holds(tree: object, part: str | int) -> bool:
    if isinstance(tree, dict):
        return part in tree
    return isinstance(tree, list | tuple) and isinstance(part, int) and part < len(tree)


def _keys(model: object, loc: Path) -> frozenset[str]:
    """Return the keys that the model allows at a place below it."""
    for part in loc:
        model = _below(model, part)
    for kind in _members(model):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return frozenset(info.alias or name for name, info in kind.model_fields.items())
    return frozenset()


def _below(annotation: object, part: str | int) -> object:
    for kind in _members(annotation):
        origin = get_origin(kind)
        if isinstance(kind, type) and origin is None and issubclass(kind, BaseModel):
            for name, info in kind.model_fields.items():
                if part in (name, info.alias):
                    return info.annotation
        elif origin is dict:
            return get_args(kind)[1]
        elif origin in (tuple, list):
            return get_args(kind)[0]
    return None


def _members(annotation: object) -> Iterator[object]:
    """Yield the members of a union, or the annotation itself."""
    arguments = get_args(annotation)
    if arguments and get_origin(annotation) not in (dict, tuple, list):
        for argument in arguments:
            yield from _members(argument)
    else:
        yield annotation
