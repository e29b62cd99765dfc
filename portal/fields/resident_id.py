"""Numbers of identity cards (身份证号)."""

import random
import re
from datetime import date, timedelta
from typing import Any, ClassVar

from flask_babel import lazy_gettext

from portal import clock
from portal.fields.field_type import FieldError
from portal.fields.identity_code import SAMPLE_AREAS, IdentityCode, bare
from portal.fields.labels import Text

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# Provinces of GB/T 2260, residents of Taiwan (83) and foreigners with a permanent residence card (9).
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9\d")
OLDEST = date(1880, 1, 1)


class ResidentId(IdentityCode):
    """The 18 digits of a resident identity card, checked as GB 11643-1999 says."""

    key: ClassVar[str] = "resident_id"
    label: ClassVar[Text] = Text(zh="身份证号", en="Identity card number")
    words: ClassVar[tuple[str, ...]] = ("身份证", "身份证号", "身份证号码", "identity card", "resident id")

    def read(self, raw: Any) -> str:
        text = bare(raw)
        if re.fullmatch(r"\d{15}", text, re.ASCII):
            raise FieldError(lazy_gettext("Enter the number of 18 digits; those of 15 digits are no longer valid."))
        if len(text) != 18:
            raise FieldError(lazy_gettext("Enter all 18 digits; %(count)s were given.", count=len(text)))
        if not re.fullmatch(r"\d{17}[\dX]", text, re.ASCII):
            raise FieldError(lazy_gettext("Enter 17 digits and a last digit or X."))
        if not _PROVINCE.match(text):
            raise FieldError(
                lazy_gettext("Correct the first two digits; no province has the number %(code)s.", code=text[:2])
            )
        self._check_birth(text[6:14])
        if check_digit(text[:17]) != text[17]:
            raise FieldError(lazy_gettext("Correct the number; its last digit does not fit the others."))
        return text

    def _check_birth(self, digits: str) -> None:
        try:
            born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError as error:
            raise FieldError(
                lazy_gettext("Correct digits 7 to 14; %(digits)s is no day of birth.", digits=digits)
            ) from error
        if not OLDEST <= born <= clock.today():
            raise FieldError(lazy_gettext("Correct digits 7 to 14; nobody was born on %(day)s.", day=born.isoformat()))

    def sample(self, rng: random.Random) -> Any:
        born = date(1950, 1, 1) + timedelta(days=rng.randint(0, 20_000))
        digits = f"{rng.choice(SAMPLE_AREAS)}{born:%Y%m%d}{rng.randint(1, 999):03d}"
        return digits + check_digit(digits)


def check_digit(digits: str) -> str:
    """The last place of a number whose first 17 digits these are (ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return _CHECKS[total % 11]
