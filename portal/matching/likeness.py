"""A rule of duplicates at work: what is compared, where likely equals meet, how many points two have."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

from portal.matching.ways import WAYS, Way

Step = tuple[int, Callable[[str, str], float], float, int, int, int]
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
        weighed = self._weighed(one, other, None)
        assert weighed is not None, "without a least there is always an answer"
        return weighed

    def likely(self, one: Forms, other: Forms) -> Weighed | None:
        """How alike two records are that may be the same; None of others."""
        weighed = self._weighed(one, other, self.perhaps)
        return weighed if weighed is not None and weighed.points >= self.perhaps else None

    def _weighed(self, one: Forms, other: Forms, least: int | None) -> Weighed | None:
        """How alike they are, or None where they cannot come to `least` points: most who meet are not alike at all."""
        points, reasons = 0.0, []
        for place, alike, threshold, given, differs, rest in self._steps:
            left, right = one[place], other[place]
            if left and right:
                like = 1.0 if left == right else alike(left, right)
                if like >= threshold:
                    points += given * like
                    reasons.append((place, round(like * 100)))
                else:
                    points += differs
            if least is not None and points + rest < least - 0.5:
                return None
        return Weighed(round(points), tuple(reasons))

    @cached_property
    def _steps(self) -> list[Step]:
        """The comparisons by place: what compares, from when on it is alike, its points, and the most that follow."""
        steps, rest = list[Step](), 0
        for place, one in reversed(list(enumerate(self.comparisons))):
            steps.append((place, one.how.alike, one.threshold, one.points, one.differs, rest))
            rest += max(one.points, one.differs, 0)
        return steps[::-1]

    def best(self, given: Forms, others: Sequence[tuple[int, Forms]]) -> list[tuple[int, Weighed]]:
        """Those of the others that may be the same as the given one, the likeliest first."""
        weighed = ((id_, self.likely(given, forms)) for id_, forms in others)
        return sorted(((id_, found) for id_, found in weighed if found is not None), key=lambda one: -one[1].points)


def _number(key: str, pepper: bytes) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8, key=pepper).digest(), "big", signed=True)
