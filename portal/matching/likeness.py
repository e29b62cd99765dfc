"""A rule of duplicates at work: what is compared, where likely equals meet, how many points two have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

from portal.matching.ways import WAYS, Way

Forms = tuple[str, ...]  # one for each comparison; empty where the record has no value


@dataclass(frozen=True)
class Comparison:
    """One comparison: `points` are given for alike values (so many per cent of them), `differs` for others."""

    fields: tuple[str, ...]
    way: str
    points: int
    differs: int = 0
    alike: float | None = None
    finds: bool = True

    @cached_property
    def how(self) -> Way:
        """The way in which it compares."""
        return WAYS[self.way]

    @cached_property
    def threshold(self) -> float:
        """From here on two values count as alike."""
        return self.how.threshold if self.alike is None else self.alike

    def form(self, values: Mapping[str, Any]) -> str:
        """What of a record is compared; several fields are read as one text."""
        told = [str(values[key]).strip() for key in self.fields if values.get(key) is not None]
        text = " ".join(part for part in told if part)
        return self.how.prepare(text) if text else ""


@dataclass(frozen=True)
class Weighed:
    """How alike two records are; `reasons` are the alike comparisons by place with their likeness in per cent."""

    points: int
    reasons: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Likeness:
    """All comparisons of a rule; from `perhaps` points on two records may be the same, from `sure` on they are."""

    comparisons: tuple[Comparison, ...]
    sure: int
    perhaps: int

    @property
    def fields(self) -> frozenset[str]:
        """The fields it asks."""
        return frozenset(key for one in self.comparisons for key in one.fields)

    def forms(self, values: Mapping[str, Any]) -> Forms:
        """What of a record is compared."""
        return tuple(one.form(values) for one in self.comparisons)

    def keys(self, forms: Forms, pepper: bytes = b"") -> list[int]:
        """The meeting places of a record, as numbers that stay the same in every process.

        With a pepper nobody without it can try out whose phone number a kept one is.
        """
        return sorted({_number(key, pepper) for key in self._keys(forms)})

    def _keys(self, forms: Forms) -> Iterator[str]:
        for one, form in zip(self.comparisons, forms, strict=True):
            if form and one.finds:
                yield from (f"{'+'.join(one.fields)}\x1f{one.way}\x1f{key}" for key in one.how.keys(form))

    def weigh(self, one: Forms, other: Forms) -> Weighed:
        """How alike two records are; a comparison in which one of them has no value says nothing."""
        points, reasons = 0.0, []
        for place, comparison in enumerate(self.comparisons):
            left, right = one[place], other[place]
            if not left or not right:
                continue
            like = comparison.how.alike(left, right)
            if like >= comparison.threshold:
                points += comparison.points * like
                reasons.append((place, round(like * 100)))
            else:
                points += comparison.differs
        return Weighed(round(points), tuple(reasons))

    def best(self, given: Forms, others: Sequence[tuple[int, Forms]]) -> list[tuple[int, Weighed]]:
        """Those of the others that may be the same as the given one, the likeliest first."""
        weighed = ((id_, self.weigh(given, forms)) for id_, forms in others)
        return sorted((one for one in weighed if one[1].points >= self.perhaps), key=lambda one: -one[1].points)


def _number(key: str, pepper: bytes) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8, key=pepper).digest(), "big", signed=True)
