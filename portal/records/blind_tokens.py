"""Tokens of encrypted fields: marks made with a key, of the whole value and of the last signs people know it by.

Who has the database alone reads nothing from them; who asks for a part of a value finds nothing.
"""

from collections.abc import Iterator

from portal import vault
from portal.fields import Field
from portal.records.tokens import TAIL, Question, whole
from portal.records.tokens import tokens as plain

LENGTH = 16  # hexadecimal digits


def tokens(field: Field, text: str) -> set[str]:
    """The tokens of a value: of all of it, and of its tail where the field's type has one."""
    return {_token(vault.keyring.sealing(), field, one) for one in _given(field, text)}


def asked(field: Field, question: Question) -> list[list[str]]:
    """For each word of a question the tokens one of which must be there, under any key in use."""
    everything = "".join(question.words)
    keys = vault.keyring.living()
    return [[_token(key, field, one) for one in _wanted(word, everything) for key in keys] for word in question.words]


def shared(field: Field, text: str, question: Question) -> set[str]:
    """The plain tokens of those words of a question that the value answers."""
    given, everything = set(_given(field, text)), "".join(question.words)
    answered = (word for word in question.words if not given.isdisjoint(_wanted(word, everything)))
    return set().union(*map(plain, answered))


def _given(field: Field, text: str) -> Iterator[str]:
    told = whole(text)
    yield told
    if field.type.has_tail and len(told) > TAIL:
        yield f"~{told[-TAIL:]}"


def _wanted(word: str, everything: str) -> Iterator[str]:
    for text in dict.fromkeys((word, everything)):
        yield text
        if len(text) == TAIL:
            yield f"~{text}"


def _token(key: vault.keyring.Key, field: Field, text: str) -> str:
    return key.digest(f"{field.place}#", text).hex()[:LENGTH]
