"""Which tokens a text gives and which tokens a question asks for; both engines index and ask for the same ones.

Chinese: single characters and pairs; how it sounds from each character on, and pairs of initials. Latin: words and
their beginnings. Digits: the number, its first three and, reversed after `~`, its tail.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from portal.matching import readings

RUNS = re.compile(
    r"(?P<han>[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)|(?P<digits>[0-9]+)|(?P<word>[^\W\d_]+)"
)
DIALLED = re.compile(r"[\d\s()+./-]+")
ABROAD = re.compile(r"^(?:\+|00)?86(?=1\d{10}$)")
LENGTH = 12  # longer words are indexed and asked for by their beginning
PREFIX, HEAD, TAIL = 2, 3, 4  # beginnings and ends that have a token of their own and need no range scan
WORDS = 8  # words of a question that count


@dataclass(frozen=True)
class Term:
    """One token to look for, or all tokens that begin with it."""

    token: str
    is_prefix: bool = False

    def matches(self, tokens: Iterable[str]) -> bool:
        """Whether one of the tokens is it, or begins with it."""
        return any(token.startswith(self.token) for token in tokens) if self.is_prefix else self.token in tokens


Way = tuple[Term, ...]  # terms that must all be found


class Question(tuple[tuple[Way, ...], ...]):
    """For each word the ways to find it; `words` are the words themselves, as they are compared."""

    words: tuple[str, ...] = ()


def normal(text: str) -> str:
    """The text as it is compared: compatibility forms unified, case folded, a domestic number without its +86."""
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    if DIALLED.fullmatch(plain):
        plain = ABROAD.sub("", re.sub(r"[\s()./-]", "", plain))
    return plain


def tokens(text: str) -> set[str]:
    """All tokens of a text."""
    found: set[str] = set()
    for match in RUNS.finditer(normal(text)):
        found.update(GIVEN[match.lastgroup](match[0]))  # type: ignore[index]
    return found


def question(text: str) -> Question:
    """What to look for; empty when nothing in the text can be looked for."""
    runs = list(_runs(text))[:WORDS]
    found = Question(tuple(ASKED[kind](run)) for kind, run in runs)
    found.words = tuple(run for _, run in runs)
    return found


def whole(text: str) -> str:
    """All letters and digits of a text in one: by which it is found where its parts are not kept."""
    return "".join(run for _, run in _runs(text))


def answers(question: Question, given: set[str]) -> bool:
    """Whether a text with these tokens answers the question."""
    return bool(question) and all(any(all(term.matches(given) for term in way) for way in ways) for ways in question)


def _runs(text: str) -> Iterator[tuple[str, str]]:
    for match in RUNS.finditer(normal(text)):
        yield str(match.lastgroup), match[0]


def pairs(run: str) -> Iterator[str]:
    """Neighbours, two by two."""
    return (run[at : at + 2] for at in range(len(run) - 1))


def _han(run: str) -> Iterator[str]:
    yield from run
    yield from pairs(run)
    for syllables in readings(run):
        for at in range(len(syllables)):
            yield "".join(syllables[at : at + LENGTH])[:LENGTH]
        yield from pairs("".join(syllable[0] for syllable in syllables))


def _word(run: str) -> Iterable[str]:
    return run[:LENGTH], run[:PREFIX]


def _digits(run: str) -> Iterable[str]:
    if len(run) < TAIL:
        return run, run[:HEAD]
    return run, run[:HEAD], f"~{run[::-1]}", f"~{run[: -TAIL - 1 : -1]}"


def _ask_han(run: str) -> Iterator[Way]:
    yield tuple(Term(pair) for pair in pairs(run)) if len(run) > 1 else (Term(run),)


def _ask_word(run: str) -> Iterator[Way]:
    if len(run) <= PREFIX:
        yield (Term(run),)
        return
    yield (Term(run[:LENGTH], is_prefix=len(run) < LENGTH),)
    yield tuple(Term(pair) for pair in pairs(run[:LENGTH]))  # the initials of as many characters


def _ask_digits(run: str) -> Iterator[Way]:
    yield (Term(run, is_prefix=len(run) > HEAD),)
    if len(run) >= TAIL:
        yield (Term(f"~{run[::-1]}", is_prefix=len(run) > TAIL),)


GIVEN: dict[str, Callable[[str], Iterable[str]]] = {"han": _han, "word": _word, "digits": _digits}
ASKED: dict[str, Callable[[str], Iterator[Way]]] = {"han": _ask_han, "word": _ask_word, "digits": _ask_digits}
