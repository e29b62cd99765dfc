"""What is wrong with overlays: what they may not say, what they loosen, and what does not hold in their place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.fields import FIELD_TYPES
from portal.schema.compiler import Compiler
from portal.schema.layers import descents
from portal.schema.layers.descents import Descent
from portal.schema.layers.overlay import OFFICE, Overlay, Trees, overlays, split
from portal.schema.layers.shapes import SHAPES, mapping
from portal.schema.layers.stack import laid, layered, merged
from portal.schema.problems import Fault, nearest, unknown
from portal.schema.source import Path, dotted

Found = tuple[str, Fault]
Known = set[tuple[str, Path, str]]  # file, place and words of what is found already
Look = Callable[[Compiler], None]
JOINED = ("any", "all")  # how an office's condition stands beside the one it adds to: behind it


def faults(trees: Trees, below: Compiler, look: Look) -> Iterator[Found]:
    """Yield file and fault of all overlays; `below` has compiled the documents they are laid over, and says how.

    `look` adds to what compiling has found, as it has done for `below`; what stands there already is not told again.
    """
    base, over = split(trees)
    offices = descents.of(list(dict.fromkeys(one.office for one in overlays(over))))
    wrong: set[str] = set()
    for file, fault in _refused(base, over, {one[-1]: one[:-1] for one in offices}):
        wrong.add(file.split("/")[1])
        yield file, fault
    known: dict[Descent, Known] = {(): _known(below)}
    for descent in (one for one in offices if not wrong & {*one}):
        compiler = Compiler(layered(base, over, descent), below.columns, called=below.called)
        compiler.run()
        look(compiler)
        under = merged(base, over, descent[:-1])
        yield from _unfit(descent[-1], under, over, compiler, known[()] | known.get(descent[:-1], set()))
        known[descent] = _known(compiler)


def _refused(base: Trees, over: Trees, above: Mapping[str, Descent]) -> Iterator[Found]:
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
            found = list(SHAPES[one.kind].faults((), base[one.base], over[file], {}))
            found += _looser(one, base, over, above.get(one.office, ())) if not found else ()
            yield from ((file, fault) for fault in found)
            yield from ((file, fault) for fault in _additions(one, base, over, known))


def _looser(one: Overlay, base: Trees, over: Trees, above: Descent) -> Iterator[Fault]:
    """What an office says that is looser than what the offices above it say: it would not hold, so it is refused."""
    said = [Overlay(office, one.base).file for office in above if Overlay(office, one.base).file in over]
    if not said:
        return
    for fault in SHAPES[one.kind].faults((), laid(base, over, above)[one.base], over[one.file], {}):
        yield replace(fault, hint=_l('an office above says so: "%(file)s"', file=said[-1]))


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


def _known(compiler: Compiler) -> Known:
    """What is found by now; of an error the place says enough, whatever its words are."""
    return {
        (file, fault.path, "" if fault.severity == "error" else str(fault.message))
        for file, found in compiler.faults.items()
        for fault in found
    }


def _unfit(office: str, under: Trees, over: Trees, compiler: Compiler, before: Known) -> Iterator[Found]:
    """What does not hold, or is probably not meant, in the documents as the office has them: its own doing alone."""
    own = [one for one in overlays(over) if one.office == office]
    for file, found in compiler.faults.items():
        here = next((one for one in own if one.base == file), None)
        for fault in found:
            words = "" if fault.severity == "error" else str(fault.message)
            if (file, fault.path, words) in before:
                continue
            if here:
                yield here.file, replace(fault, path=_place(fault.path, over[here.file], under[here.base]))
            else:
                where = f"{file} {dotted(fault.path)}".rstrip()
                told = _l("with this, %(place)s: %(message)s", place=where, message=fault.message)
                yield own[0].file, replace(fault, path=(), message=told)


def _place(path: Path, given: Any, below: Any) -> Path:
    """The path as the overlay has it: of a list its own items are counted, of joined conditions its own is meant."""
    found: list[str | int] = []
    parts = iter(path)
    for part in parts:
        if part in JOINED and isinstance(given, Mapping) and isinstance(below, Mapping):
            if next(parts, None) != 1:
                break
            below = None
            continue
        if isinstance(given, list) and isinstance(part, int):
            inherited = below if isinstance(below, list) else [] if below is None else [below]
            own = [at for at, word in enumerate(given) if word not in inherited]
            if not 0 <= part - len(inherited) < len(own):
                break
            part = own[part - len(inherited)]
            given, below = given[part], None
        elif isinstance(given, Mapping) and part in given:
            given, below = given[part], mapping(below).get(str(part))
        else:
            break
        found.append(part)
    return tuple(found)
