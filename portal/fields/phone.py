"""Telephone numbers."""

import random
import re
from typing import Any, ClassVar

import phonenumbers
import sqlalchemy as sa
from flask_babel import lazy_gettext

from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text
from portal.fields.numerals import clean, half_width
from portal.fields.text import TEXT_OPERATORS

_CN_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_PUNCTUATION = re.compile(r"[\s\-‐-―().]+")
_EXTENSION = re.compile(r"\s*(?:转|分机|ext\.?|x|#)\s*(\d{1,6})$", re.IGNORECASE)
_WRONG = lazy_gettext("Enter a phone number, for example 138 0013 8000 or +49 30 123456.")


class Phone(FieldType):
    """A telephone number, kept in E.164 (an extension follows as `;ext=12`)."""

    key: ClassVar[str] = "phone"
    label: ClassVar[Text] = Text(zh="电话", en="Phone")
    operand: ClassVar[str | None] = "text"
    operators: ClassVar[tuple[str, ...]] = TEXT_OPERATORS
    sealable: ClassVar[bool] = True
    has_tail: ClassVar[bool] = True
    identifies: ClassVar[bool] = True
    words: ClassVar[tuple[str, ...]] = ("电话", "联系方式", "phone", "tel", "mobile", "phone number")
    input_key: ClassVar[str] = "phone"
    show_key: ClassVar[str | None] = "phone"

    region: str = "CN"

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.Text()

    def read(self, raw: Any) -> str:
        text = half_width(clean(raw))
        if self.region == "CN" and (match := _CN_MOBILE.fullmatch(_PUNCTUATION.sub("", text))):
            return f"+86{match[1]}"
        extension = _EXTENSION.search(text)
        return self._number(text[: extension.start()] if extension else text) + (
            f";ext={extension[1]}" if extension else ""
        )

    def _number(self, text: str) -> str:
        try:
            number = phonenumbers.parse(text, self.region)
        except phonenumbers.NumberParseException as error:
            raise FieldError(_WRONG) from error
        if re.search(r"[A-Za-z]", text) or not phonenumbers.is_valid_number(number):
            raise FieldError(_WRONG)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def text(self, value: Any) -> str:
        if not value:
            return ""
        number, _, extension = value.partition(";ext=")
        if number.startswith("+861") and len(number) == 14:
            shown = f"{number[3:6]} {number[6:10]} {number[10:]}"
        else:
            shown = self._shown(number)
        return f"{shown} ext. {extension}" if extension else shown

    def _shown(self, number: str) -> str:
        try:
            parsed = phonenumbers.parse(number, None)
        except phonenumbers.NumberParseException:
            return number
        home = phonenumbers.country_code_for_region(self.region) == parsed.country_code
        form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
        return phonenumbers.format_number(parsed, form)

    def input_text(self, value: Any) -> str:
        return self.text(value)

    def mask(self, value: Any) -> str:
        if not value:
            return ""
        digits = value.removeprefix("+86").partition(";")[0]
        return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 9 else "****"

    def sample(self, rng: random.Random) -> Any:
        return f"+8613{rng.randint(0, 9)}{rng.randint(0, 99_999_999):08d}"
