"""Cuts a formula into words, numbers, texts and signs."""

import re
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from portal.fields.field_type import FieldError

LONGEST = 1000
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<text>"[^"\n]*"|'[^'\n]*')|(?P<sign><=|>=|!=|<>|==|[-+*/(),<>=]))""",
    re.VERBOSE,
)


class ExpressionError(FieldError):
    """The formula cannot be read; the message says where and what is wrong."""


@dataclass(frozen=True)
class Token:
    """One piece: its kind (number, word, text, sign or end), what stands there, and at which character, from 1."""

    kind: str
    text: str
    at: int


def cut(formula: str) -> list[Token]:
    """All pieces of the formula with an end behind them; raises ExpressionError."""
    if len(formula) > LONGEST:
        raise ExpressionError(_l("a formula has at most %(count)s characters", count=LONGEST))
    found: list[Token] = []
    at, text = 0, formula.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(
                _l('cannot read "%(text)s" at character %(at)s', text=text[at:].strip()[:12], at=at + 1)
            )
        kind = str(match.lastgroup)
        found.append(Token(kind, match[kind], match.start(kind) + 1))
        at = match.end()
    return [*found, Token("end", "", len(text) + 1)]
