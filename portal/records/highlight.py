"""Which parts of a text answer a question, so that a page can mark them."""

import re
from dataclasses import dataclass

from portal.matching import readings

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")


@dataclass(frozen=True)
class Piece:
    """A part of a text; `is_hit` when it is to be marked."""

    text: str
    is_hit: bool = False


def highlight(text: str, asked: str) -> tuple[Piece, ...]:
    """The text in pieces, in order, nothing left out."""
    hits = [False] * len(text)
    for word in asked.split():
        for start, end in _spans(text, word):
            hits[start:end] = [True] * (end - start)
    pieces: list[Piece] = []
    for letter, is_hit in zip(text, hits, strict=True):
        if pieces and pieces[-1].is_hit == is_hit:
            pieces[-1] = Piece(pieces[-1].text + letter, is_hit)
        else:
            pieces.append(Piece(letter, is_hit))
    return tuple(pieces)


def _spans(text: str, word: str) -> list[tuple[int, int]]:
    found = [match.span() for match in re.finditer(re.escape(word), text, re.IGNORECASE)]
    if found or not word.isascii():
        return found
    if word.isdigit():  # digits may stand in groups: 138 0013 8000
        return [match.span() for match in re.finditer(r"[\s-]?".join(word), text)]
    return [span for match in HAN.finditer(text) for span in _sounds(match, word.casefold())]


def _sounds(run: re.Match[str], word: str) -> list[tuple[int, int]]:
    """Where the characters of a run begin with the letters of the word, or are its syllables."""
    spans = []
    for syllables in readings(run[0]):
        if len(syllables) != len(run[0]):
            continue
        initials = "".join(syllable[0] for syllable in syllables)
        if (at := initials.find(word)) >= 0:
            spans.append((run.start() + at, run.start() + at + len(word)))
        for at in range(len(syllables)):
            if (length := _spelt(syllables[at:], word)) > 0:
                spans.append((run.start() + at, run.start() + at + length))
    return spans


def _spelt(syllables: tuple[str, ...], word: str) -> int:
    """How many syllables from the first on spell the word; 0 if they do not."""
    spelt = ""
    for count, syllable in enumerate(syllables, 1):
        spelt += syllable
        if spelt.startswith(word):
            return count
        if not word.startswith(spelt):
            return 0
    return 0
