"""Which values an office may lay its own over, and by what rule: everything not named here is head office's alone.

What reports and tiers of all offices are compared by – rules of tiers, metrics, scoring, workflows – has no place here
but for its words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.schema.layers.rules import (
    ACCESS,
    CARE,
    SCOPES,
    Around,
    Both,
    Bound,
    Either,
    Fewer,
    First,
    Leaf,
    More,
    No,
    Rule,
    Same,
    Step,
    Words,
    Yes,
)
from portal.schema.problems import Fault, nearest, unknown
from portal.schema.source import Path


@dataclass(frozen=True)
class Part(Rule):
    """A mapping whose keys have a rule each; what it does not name may not be changed."""

    keys: Mapping[str, Rule]

    def faults(self, path: Path, base: Any, given: Any, around: Around) -> Iterator[Fault]:
        if not isinstance(given, Mapping):
            yield Fault(path, _l("must be a mapping of key: value"))
            return
        below = base if isinstance(base, Mapping) else {}
        for key, value in given.items():
            if key in self.keys:
                yield from self.keys[key].faults((*path, key), below.get(key), value, below)
            else:
                yield Fault((*path, key), _l("an office may not change this"), nearest(key, self.keys))

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        below = base if isinstance(base, Mapping) else {}
        if not isinstance(given, Mapping):
            return base
        said = {name: value for name, value in given.items() if name in self.keys}
        return {**below, **{name: self.keys[name].merged(name, below.get(name), said[name], below) for name in said}}

    def leaves(self, path: Path, base: Any, given: Any) -> Iterator[Leaf]:
        below, said = mapping(base), mapping(given)
        for key, rule in self.keys.items():
            yield from rule.leaves((*path, key), below.get(key), said.get(key))

    def said(self, name: str) -> Iterator[tuple[str, str]]:
        for key, rule in self.keys.items():
            yield from rule.said(f"{name}.{key}".lstrip("."))


@dataclass(frozen=True)
class Look(Part):
    """An option or a tag, which may be written in short: `{zh, en, colour}`, a word, or nothing."""

    def faults(self, path: Path, base: Any, given: Any, around: Around) -> Iterator[Fault]:
        if isinstance(given, Mapping):
            yield from super().faults(path, look(base), look(given), around)
        elif given is None and path[-1] in around:  # said with nothing behind it: it would stay all the same
            yield Fault(path, _l("an office may not take this away"), _l("leave the line out to keep it as inherited"))

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        return super().merged(key, look(base), look(given), around)

    def leaves(self, path: Path, base: Any, given: Any) -> Iterator[Leaf]:
        yield from super().leaves(path, look(base), look(given))


def look(told: Any) -> dict[str, Any]:
    if not isinstance(told, Mapping):
        return {} if told is None else {"label": str(told)}
    label = told.get("label") or {key: told[key] for key in ("zh", "en") if key in told}
    rest = {key: value for key, value in told.items() if key not in ("label", "zh", "en")}
    return {**({"label": label} if label else {}), **rest}


@dataclass(frozen=True)
class Named(Rule):
    """A mapping by key: what may be said of each, and whether an office may add keys of its own."""

    each: Rule
    adds: bool = False
    fallback: str = ""  # the key of the base that stands for those it does not name
    what: object = _l("key")
    needs: str = ""  # the key without which nothing is added: a field says its type
    free: bool = False  # what an office adds may say everything that such a document may

    def faults(self, path: Path, base: Any, given: Any, around: Around) -> Iterator[Fault]:
        if not isinstance(given, Mapping):
            yield Fault(path, _l("must be a mapping of key: value"))
            return
        below = mapping(base)
        for key, value in given.items():
            if key in below or self.fallback in below:
                yield from self.each.faults((*path, key), below.get(key, below.get(self.fallback)), value, below)
            elif (not self.adds and not self.fallback) or (self.needs and self.needs not in mapping(value)):
                yield unknown((*path, key), key, below, self.what)
            elif not self.free:
                yield from self.each.faults((*path, key), None, value, below)

    def merged(self, key: str, base: Any, given: Any, around: Around) -> Any:
        below, found = mapping(base), dict(mapping(base))
        for name, value in mapping(given).items():
            stands = below.get(name, below.get(self.fallback))
            if name in below or self.fallback in below:
                found[name] = self.each.merged(name, stands, value, below)
            elif self.adds:
                found[name] = value
        return found

    def leaves(self, path: Path, base: Any, given: Any) -> Iterator[Leaf]:
        below, said = mapping(base), mapping(given)
        for key in below:
            yield from self.each.leaves((*path, key), below[key], said.get(key))
        for key in (key for key in said if key not in below):
            if self.free or (self.adds and isinstance(self.each, Part)):
                yield Leaf((*path, key), self, None, said[key] or {}, is_new=True)
            else:
                yield from self.each.leaves((*path, key), below.get(self.fallback), said[key])

    def said(self, name: str) -> Iterator[tuple[str, str]]:
        if self.adds and isinstance(self.each, Part):
            yield f"{name}.<new>", "An office may add its own"
        yield from self.each.said(f"{name}.<key>")


def mapping(value: Any) -> Mapping[str, Any]:
    """The value as a mapping; options may be written as a list of words."""
    if isinstance(value, list | tuple):
        return {str(word): None for word in value}
    return value if isinstance(value, Mapping) else {}


OWN = Rule()
WORD = Words()
WORDS: Mapping[str, Rule] = {"label": WORD, "help": WORD}
LOOK = Look({"label": WORD, "colour": OWN})
FIELD = Part(
    {
        "label": WORD,
        "help": WORD,
        "default": OWN,
        "required": Yes(),
        "required_when": Either(),
        "read_only_when": Either(),
        "min": Bound(lower=True),
        "max": Bound(lower=False),
        "min_length": Bound(lower=True),
        "max_length": Bound(lower=False),
        "pattern": First(),
        "pattern_hint": WORD,
        "sensitivity": Step(CARE, rises=True, silent="internal"),
        "options": Named(LOOK, adds=True, free=True, what=_l("option")),
    }
)
SCOPE = Step(SCOPES)
GRANT = Part({"view": SCOPE, "create": No(), "edit": SCOPE, "archive": SCOPE, "export": SCOPE, "when": Both()})
LEVEL = Part({"label": WORD, "colour": OWN, "strategy": WORD, "benefits": More()})
ISSUES = Named(Part({"label": WORD}), what=_l("rule"))

SHAPES: Mapping[str, Part] = {
    "entities": Part(
        {
            "entity": Same(),
            "label": WORD,
            "plural": WORD,
            "description": WORD,
            "fields": Named(FIELD, adds=True, free=True, needs="type", what=_l("field")),
            "form": More(),
            "list": Part({"columns": More(), "filters": More()}),
        }
    ),
    "roles": Part(
        {
            "role": Same(),
            **WORDS,
            "may": Fewer(),
            "entities": Named(GRANT, fallback="any", what=_l("entity")),
            "fields": Named(Step(ACCESS, silent="read"), adds=True, what=_l("field")),
        }
    ),
    "tags": Part({"tags": Same(), "label": WORD, "values": Named(LOOK, adds=True)}),
    "tiers": Part({"tier": Same(), **WORDS, "levels": Named(LEVEL, what=_l("level"))}),
    "scoring": Part({"scoring": Same(), **WORDS, "band_label": WORD, "bands": Named(LOOK)}),
    "metrics": Part({"metric": Same(), **WORDS}),
    "quality": Part({"quality": Same(), **WORDS, "score_label": WORD, "validity": ISSUES, "consistency": ISSUES}),
    "confirmations": Part({"confirmation": Same(), **WORDS, "subject": WORD, "text": WORD, "consent": WORD}),
    "surveys": Part({"survey": Same(), **WORDS, "subject": WORD, "text": WORD, "thanks": WORD, "consent": WORD}),
    "coupons": Part({"coupon": Same(), **WORDS}),
    "segments": Part({"segment": Same(), **WORDS}),
    "workflows": Part({"workflow": Same(), **WORDS}),
    "reports": Part({"report": Same(), **WORDS}),
}
