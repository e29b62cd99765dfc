"""Codes of organisations (统一社会信用代码)."""

import random
from typing import Any, ClassVar

from flask_babel import lazy_gettext

from portal.fields.field_type import FieldError
from portal.fields.identity_code import SAMPLE_AREAS, IdentityCode, bare
from portal.fields.labels import Text

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V and Z, which are read as digits


class CreditCode(IdentityCode):
    """The 18 characters of a unified social credit code, checked as GB 32100-2015 says."""

    key: ClassVar[str] = "credit_code"
    label: ClassVar[Text] = Text(zh="统一社会信用代码", en="Unified social credit code")
    words: ClassVar[tuple[str, ...]] = ("统一社会信用代码", "信用代码", "税号", "纳税人识别号", "credit code", "uscc")

    def read(self, raw: Any) -> str:
        text = bare(raw)
        if len(text) != 18:
            raise FieldError(lazy_gettext("Enter all 18 characters; %(count)s were given.", count=len(text)))
        strange = "".join(dict.fromkeys(sign for sign in text if sign not in _ALPHABET))
        if strange:
            raise FieldError(
                lazy_gettext(
                    "Correct %(signs)s; a code has digits and capital letters without I, O, S, V and Z.", signs=strange
                )
            )
        if not text[2:8].isdigit():
            raise FieldError(lazy_gettext("Correct places 3 to 8; the place of registration has digits only."))
        if check_character(text[:17]) != text[17]:
            raise FieldError(lazy_gettext("Correct the code; its last character does not fit the others."))
        return text

    def sample(self, rng: random.Random) -> Any:
        body = "".join(rng.choice(_ALPHABET) for _ in range(9))
        code = f"91{rng.choice(SAMPLE_AREAS)}{body}"
        return code + check_character(code)


def check_character(code: str) -> str:
    """The last place of a code whose first 17 characters these are: weights are powers of 3 modulo 31."""
    total = sum(_ALPHABET.index(sign) * pow(3, at, 31) for at, sign in enumerate(code))
    return _ALPHABET[-total % 31]
