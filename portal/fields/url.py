"""Addresses on the web."""

import random
import re
from typing import Any, ClassVar
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask_babel import lazy_gettext

from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text
from portal.fields.numerals import clean
from portal.fields.text import TEXT_OPERATORS

_WRONG = lazy_gettext("Enter a web address, for example https://company.com.")
_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)*[^\W_](?:[\w-]*[^\W_])?|\[[0-9a-f:.]+\]", re.IGNORECASE)


class Url(FieldType):
    """A web address (http or https only)."""

    key: ClassVar[str] = "url"
    label: ClassVar[Text] = Text(zh="网址", en="Web address")
    operand: ClassVar[str | None] = "text"
    operators: ClassVar[tuple[str, ...]] = TEXT_OPERATORS
    sealable: ClassVar[bool] = True
    sortable: ClassVar[bool] = False
    words: ClassVar[tuple[str, ...]] = ("网站", "官网", "主页", "website", "homepage", "url")
    input_key: ClassVar[str] = "url"
    show_key: ClassVar[str | None] = "url"

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.Text()

    def read(self, raw: Any) -> str:
        text = clean(raw)
        if "://" not in text:
            text = f"https://{text}"
        try:
            parts = urlsplit(text)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise FieldError(_WRONG) from error
        wrong = parts.scheme.lower() not in ("http", "https") or not host or not _HOST.fullmatch(host)
        if wrong or "." not in f"{host}" or parts.username or len(text) > 600 or re.search(r"[\s<>\"\\]", text):
            raise FieldError(_WRONG)
        return text

    def sample(self, rng: random.Random) -> Any:
        return f"https://www.example.com/{rng.randint(1, 999)}"
