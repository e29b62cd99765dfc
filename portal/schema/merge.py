"""Bring two edits of one text together: what only one side changed is taken, what both changed is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Side = Literal["mine", "theirs", "both"]


@dataclass(frozen=True)
class Hunk:
    """A run of lines: agreed upon (`mine` equals `theirs`), or a conflict with what stood there before."""

    base: tuple[str, ...]
    mine: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def is_conflict(self) -> bool:
        """Whether the sides say different things."""
        return self.mine != self.theirs

    def lines(self, side: Side = "mine") -> tuple[str, ...]:
        """The lines of a side, or of mine and then theirs."""
        return self.mine + self.theirs if side == "both" and self.is_conflict else getattr(self, side, self.mine)


def hunks(base: str, mine: str, theirs: str) -> list[Hunk]:
    """Return the three texts side by side; lines keep their ends."""
    old, one, other = (tuple(text.splitlines(keepends=True)) for text in (base, mine, theirs))
    return list(_joined(_parts(old, one, other)))


def merged(found: Sequence[Hunk], sides: Sequence[Side] = ()) -> str:
    """Return one text; `sides` answers the conflicts in their order, mine where nothing is said."""
    answers = iter(sides)
    return "".join(line for hunk in found for line in hunk.lines(next(answers, "mine") if hunk.is_conflict else "mine"))


def _parts(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> Iterator[Hunk]:
    in_mine, in_theirs = _places(base, mine), _places(base, theirs)
    shared = [(place, in_mine[place], in_theirs[place]) for place in in_mine if place in in_theirs]
    before = (0, 0, 0)
    for stop in [*shared, (len(base), len(mine), len(theirs))]:
        yield _settled(*(tuple(text[a:b]) for text, a, b in zip((base, mine, theirs), before, stop, strict=True)))
        line = tuple(base[stop[0] : stop[0] + 1])
        yield Hunk(line, line, line)
        before = (stop[0] + 1, stop[1] + 1, stop[2] + 1)


def _places(base: Sequence[str], text: Sequence[str]) -> dict[int, int]:
    """Where each line of the base that is still there stands now."""
    blocks = SequenceMatcher(None, base, text, autojunk=False).get_matching_blocks()
    return {block.a + offset: block.b + offset for block in blocks for offset in range(block.size)}


def _settled(base: tuple[str, ...], mine: tuple[str, ...], theirs: tuple[str, ...]) -> Hunk:
    if mine == base:
        return Hunk(base, theirs, theirs)
    return Hunk(base, mine, mine) if theirs == base else Hunk(base, mine, theirs)


def _joined(parts: Iterator[Hunk]) -> Iterator[Hunk]:
    """Put agreed neighbours together."""
    last = Hunk((), (), ())
    for part in parts:
        if last.is_conflict or part.is_conflict:
            if last.mine or last.theirs or last.base:
                yield last
            last = part
        else:
            last = Hunk(last.base + part.base, last.mine + part.mine, last.theirs + part.theirs)
    if last.mine or last.theirs or last.base:
        yield last
