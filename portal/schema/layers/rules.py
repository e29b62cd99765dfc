"""What an office may do to one value: each rule says what it refuses and how the two values become one.

Merging takes the tighter of two values, so that offices below offices, in whatever order they stand, never loosen.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from pydantic import TypeAdapter, ValidationError

from portal.fields import FIELD_TYPES
from portal.schema.problems import Fault
from portal.schema.source import Path

Around = Mapping[str, Any]  # the mapping of the base that holds the value
SCOPES = ("none", "own", "team", "office", "all")
ACCESS = ("hide", "mask", "read", "write")
CARE = ("public", "internal", "personal", "sensitive")


@dataclass(frozen=True)
class Leaf:
    """One value an office may speak of: what stands below it and what the office says."""

    path: Path
    rule: "Rule"
    base: Any
    given: Any
    is_new: bool = False  # a key that only the office has

    @property
    def kind(self) -> str:
        """What the office does here: nothing, adds, relabels or tightens."""
        if self.given is None:
            return ""
        return "adds" if self.is_new else self.rule.kind


class Rule:
    """The office says its own: a colour, a default."""

    kind = "sets"
    is_taken = True  # the inherited value can be a beginning for the office's own

    def said(self, name: str) -> Iterator[tuple[str, str]]:
        """The places an office may speak of and what it may do there, for the reference."""
        yield name, _sentence(self)

    def faults(self, path: Path, base: Any, given: Any, around: Around) -> Iterator[Fault]:
        """What the office may not say here."""
        told = self.refusal(str(path[-1]), base, given, around)
        if told is not None:
            yield Fault(path, told)

    def leaves(self, path: Path, base: Any, given: Any) -> Iterator[Leaf]:
        """The values that the office may speak of."""
        yield Leaf(path, self, base, given)

    def refusal(self, key: str, base: Any, given: Any, around: Around) -> object:
        """Why the office may not say this; None where it may."""
        return None

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        """What holds for the office."""
        return given


def _sentence(rule: Rule) -> str:
    return (type(rule).__doc__ or "").strip().splitlines()[0].rstrip(".")


class Words(Rule):
    """A text that the office says in its own words; a language it leaves out stays as inherited."""

    kind = "relabels"

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        if not isinstance(given, Mapping) or base is None:
            return given
        below = base if isinstance(base, Mapping) else {"zh": base, "en": base}
        return {**below, **given}


class Same(Rule):
    """The word that names the document; it may be repeated, not changed."""

    def leaves(self, path: Path, base: Any, given: Any) -> Iterator[Leaf]:
        yield from ()

    def refusal(self, key: str, base: Any, given: Any, around: Around) -> object:
        return None if given == base else _l('the document below is called "%(base)s"', base=base)

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        return base


class Yes(Rule):
    """May be switched on, never off."""

    kind = "tightens"

    def refusal(self, key: str, base: Any, given: Any, around: Around) -> object:
        if base is True and given is not True:
            return _l("an office may not loosen this: everybody has to keep it")
        return None

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        return True if base is True else given


class No(Rule):
    """May be switched off, never on."""

    kind = "tightens"

    def refusal(self, key: str, base: Any, given: Any, around: Around) -> object:
        return _l("an office may not give a right that the role does not have") if given and not base else None

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        return given if base is True else False


@dataclass(frozen=True)
class Bound(Rule):
    """One end of a range: a lower end may only rise, an upper one only fall."""

    lower: bool
    kind = "tightens"

    def refusal(self, key: str, base: Any, given: Any, around: Around) -> object:
        stands, wanted = self._read(key, base, around), _value(key, given, around)
        if wanted is None and given is None:
            return _l("an office may not take a limit away")
        if stands is None or wanted is None or not _wider(stands, wanted, self.lower):
            return None
        return _l("an office may narrow a range, not widen it: the limit above is %(base)s", base=stands)

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        stands, wanted = self._read(key, base, around), _value(key, given, around)
        return base if stands is not None and wanted is not None and _wider(stands, wanted, self.lower) else given

    def _read(self, key: str, base: Any, around: Around) -> Any:
        """The limit that holds without the office; a type may have one that no document says."""
        return _value(key, base, around) if base is not None else _default(key, around)


def _wider(stands: Any, wanted: Any, lower: bool) -> bool:
    try:
        return bool(wanted < stands if lower else wanted > stands)
    except TypeError:
        return False


@cache
def _adapter(kind: str, key: str) -> "TypeAdapter[Any] | None":
    model = FIELD_TYPES.get(kind)
    info = model.model_fields.get(key) if model else None
    return TypeAdapter(info.rebuild_annotation()) if info else None


def _value(key: str, raw: Any, around: Around) -> Any:
    """The limit as the field's type reads it; None for what cannot be read, which the check tells of."""
    adapter = _adapter(str(around.get("type")), key)
    try:
        return adapter.validate_python(raw) if adapter and raw is not None else None
    except ValidationError:
        return None


def _default(key: str, around: Around) -> Any:
    model = FIELD_TYPES.get(str(around.get("type")))
    info = model.model_fields.get(key) if model else None
    return info.default if info and not info.is_required() else None


class First(Rule):
    """May be said where nothing above says it: two patterns cannot be compared."""

    kind = "tightens"

    def refusal(self, key: str, base: Any, given: Any, around: Around) -> object:
        if base is None or base == given:
            return None
        return _l("an office may add this where nothing above says it, not replace it")

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        return given if base is None else base


class Further(Rule):
    """A further condition."""

    kind = "tightens"

    def refusal(self, key: str, base: Any, given: Any, around: Around) -> object:
        return _l("an office may not take this away") if given is None and base is not None else None


class Either(Further):
    """A further condition under which the field is asked for or shut."""

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        return given if base is None else {"any": [base, given]}


class Both(Further):
    """A further condition that rows must meet as well."""

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        return given if base is None else {"all": [base, given]}


@dataclass(frozen=True)
class Step(Rule):
    """A word of a scale, such as how far a right reaches: it may only go one way."""

    scale: Sequence[str]
    rises: bool = False
    silent: str = "none"  # what holds where the base says nothing
    kind = "tightens"

    def refusal(self, key: str, base: Any, given: Any, around: Around) -> object:
        stands = base if base is not None else self.silent
        if given not in self.scale or stands not in self.scale or not self._looser(stands, given):
            return None
        return _l('an office may not loosen this: above it is "%(base)s"', base=stands)

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        stands = base if base is not None else self.silent
        known = given in self.scale and stands in self.scale
        return stands if known and self._looser(stands, given) else given

    def _looser(self, stands: str, given: str) -> bool:
        change = self.scale.index(given) - self.scale.index(stands)
        return change < 0 if self.rises else change > 0


class Fewer(Rule):
    """A list of which some may be left out, and none added."""

    kind = "tightens"

    def refusal(self, key: str, base: Any, given: Any, around: Around) -> object:
        gained = [str(word) for word in _list(given) if word not in _list(base)]
        if not gained:
            return None
        return _l("an office may not give a right that the role does not have: %(words)s", words=", ".join(gained))

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        return [word for word in _list(base) if word in _list(given)]


class More(Rule):
    """A list that an office adds to; what is inherited stays before it."""

    kind = "adds"
    is_taken = False

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        if not isinstance(given, list | str):
            return given
        return [*_list(base), *(word for word in _list(given) if word not in _list(base))]


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]
