"""Numbers and plain text as people and sheets write them."""

import re
import unicodedata
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from flask_babel import lazy_gettext

from portal.fields.field_type import FieldError

CURRENCIES = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "¥"}
MAX_DIGITS = 15  # what a double holds exactly, so SQLite and PostgreSQL agree
_SIGNS = re.compile(r"(?i)HK\$|US\$|[¥$€£]|\b(?:CNY|RMB|USD|EUR|GBP|HKD|JPY)\b|人民币|元整?$")
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+|\d{1,4}(?:,\d{4})+)(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|[+-]?\.\d+")
_SCALES = {"万": 4, "亿": 8}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def half_width(text: str) -> str:
    """Full-width digits, signs and blanks as ASCII, trimmed."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFKC", text).replace("−", "-").strip()


def clean(raw: object) -> str:
    """A cell or input as text: no control characters or lone surrogates, whole floats without ".0"."""
    if isinstance(raw, str):
        if raw.isprintable() and unicodedata.is_normalized("NFC", raw):
            return raw.strip()
        return unicodedata.normalize("NFC", _CONTROL.sub("", raw)).strip()
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e16:
        return str(int(raw))
    if isinstance(raw, datetime):
        return raw.isoformat(sep=" ", timespec="seconds").removesuffix(" 00:00:00")
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, Decimal):
        return f"{raw:f}"
    if isinstance(raw, float):
        return repr(raw)
    return _CONTROL.sub("", str(raw)).strip()


def row_id(text: str) -> int | None:
    """The id that a text is made of; None where it is none, or larger than any row's."""
    is_id = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and int(text) > 0
    return int(text) if is_id else None


def number(raw: object) -> Decimal:
    """The number in `1,234.50`, `¥12`, `１２`, `(3)`, `1.2万` or a native number; raises FieldError."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise FieldError(lazy_gettext("Enter a number."))
    if not isinstance(raw, str):
        return _finite(raw)
    text = _SIGNS.sub("", half_width(raw)).replace(" ", "").replace("'", "")
    if text.startswith("(") and text.endswith(")"):
        text = "-" + text[1:-1]
    scale = _SCALES.get(text[-1:], 0)
    text = text[:-1] if scale else text
    if not _NUMBER.fullmatch(text):
        raise FieldError(lazy_gettext("Enter a number, for example 1,234.50."))
    return _finite(text.replace(",", "")).scaleb(scale)


def _finite(raw: object) -> Decimal:
    try:
        value = Decimal(str(raw))
    except InvalidOperation as error:
        raise FieldError(lazy_gettext("Enter a number.")) from error
    if not value.is_finite():
        raise FieldError(lazy_gettext("Enter a number."))
    if value and value.adjusted() >= MAX_DIGITS:
        raise FieldError(lazy_gettext("Enter a smaller number."))
    return value


def rounded(value: Decimal, digits: int) -> Decimal:
    """The value with exactly that many digits after the point, halves away from zero; raises FieldError."""
    if value and value.adjusted() >= MAX_DIGITS - digits:
        raise FieldError(lazy_gettext("Enter a smaller number."))
    result = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return result or abs(result)
