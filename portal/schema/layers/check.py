"""What is wrong with overlays: what they may not say, what they loosen, and what does not hold in their place."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.fields import FIELD_TYPES
from portal.schema.catalog import Columns
from portal.schema.compiler import Compiler
from portal.schema.layers.overlay import OFFICE, Overlay, Trees, overlays, split
from portal.schema.layers.shapes import SHAPES, mapping
from portal.schema.layers.stack import layered
from portal.schema.problems import Fault, nearest, unknown
from portal.schema.source import Path

Found = tuple[str, Fault]


def faults(trees: Trees, columns: Columns, below: Compiler) -> Iterator[Found]:
    """Yield file and fault of all overlays; `below` has compiled the documents they are laid over."""
    base, over = split(trees)
    wrong: set[str] = set()
    for file, fault in _refused(base, over):
        wrong.add(file.split("/")[1])
        yield file, fault
    for office in dict.fromkeys(one.office for one in overlays(over)):
        if office not in wrong:
            yield from _unfit(office, base, over, columns, below)


def _refused(base: Trees, over: Trees) -> Iterator[Found]:
    known: dict[tuple[str, str], tuple[object, ...]] = {}
    for file in over:
        one = Overlay.of(file)
        if one is None or one.kind not in SHAPES:
            word = file.split("/")[2] if file.count("/") > 1 and OFFICE.fullmatch(file.split("/")[1]) else file
            yield file, Fault((), _l("an office has no such folder of documents"), nearest(word, SHAPES))
        elif one.base not in base:
            same = [path for path in base if path.startswith(f"{one.kind}/")]
            yield file, unknown((), one.base, same, _l("document"))
        else:
            for fault in SHAPES[one.kind].faults((), base[one.base], over[file], {}):
                yield file, fault
            for fault in _additions(one, base, over, known):
                yield file, fault


def _additions(
    one: Overlay, base: Trees, over: Trees, known: dict[tuple[str, str], tuple[object, ...]]
) -> Iterator[Fault]:
    """The fields an office adds: of a type that can be an office's own, and alike where two offices name one alike."""
    have = mapping(mapping(base[one.base]).get("fields"))
    for key, told in mapping(mapping(over[one.file]).get("fields")).items() if one.kind == "entities" else ():
        if key in have or not isinstance(told, Mapping):
            continue
        kind = FIELD_TYPES.get(str(told.get("type")))
        if kind is not None and not kind.for_offices:
            yield Fault(("fields", key, "type"), _l("an office cannot add a field of this type"))
        said = (told.get("type"), told.get("to"))
        if known.setdefault((one.base, key), said) != said:
            message = _l('another office has a field "%(key)s" of another type', key=key)
            yield Fault(("fields", key), message, _l("choose another key: fields of one key share a column"))


def _unfit(office: str, base: Trees, over: Trees, columns: Columns, below: Compiler) -> Iterator[Found]:
    """Compile the documents as the office has them; what is wrong now and was not before is the office's doing."""
    compiler = Compiler(layered(base, over, (office,)), columns)
    compiler.run()
    own = [one for one in overlays(over) if one.office == office]
    for file, found in compiler.faults.items():
        before = {fault.path for fault in below.faults.get(file, ())}
        here = next((one for one in own if one.base == file), None)
        for fault in found:
            if fault.path not in before:
                path = _place(fault.path, over[here.file], base[here.base]) if here else ()
                yield (here or own[0]).file, Fault(path, fault.message, fault.hint, fault.severity)


def _place(path: Path, given: Any, below: Any) -> Path:
    """The path as the overlay has it: items of a list are counted from the office's own first one."""
    found: list[str | int] = []
    for part in path:
        if isinstance(given, list) and isinstance(part, int):
            part -= len(below) if isinstance(below, list) else 0
            if not 0 <= part < len(given):
                break
            given, below = given[part], None
        elif isinstance(given, Mapping) and part in given:
            given, below = given[part], mapping(below).get(str(part))
        else:
            break
        found.append(part)
    return tuple(found)
