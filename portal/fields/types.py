"""The table of field types: whatever class of a type stands in a file of this folder."""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator

from portal.fields.field_type import FieldType

# How they are offered; what is not named here follows in the order of the keys.
ORDER = """text long_text integer decimal money percent rating boolean date datetime choice multi_choice tags phone
email url resident_id credit_code address reference references person office team file auto_number formula
rollup""".split()  # noqa: SIM905


def found() -> dict[str, type[FieldType]]:
    """All types by key: a new one is a file with its class, and nothing else has to be told."""
    kinds = {kind.key: kind for kind in _kinds()}
    placed = {key: place for place, key in enumerate(ORDER)}
    return {key: kinds[key] for key in sorted(kinds, key=lambda key: (placed.get(key, len(placed)), key))}


def _kinds() -> Iterator[type[FieldType]]:
    package, _, own = __name__.rpartition(".")
    for file in pkgutil.iter_modules(sys.modules[package].__path__):
        if file.ispkg or file.name == own:
            continue
        module = importlib.import_module(f"{package}.{file.name}")
        for _, kind in inspect.getmembers(module, inspect.isclass):
            is_own = kind.__module__ == module.__name__ and "key" in vars(kind)  # without: what several types share
            if issubclass(kind, FieldType) and is_own and not inspect.isabstract(kind):
                yield kind


FIELD_TYPES: dict[str, type[FieldType]] = found()
