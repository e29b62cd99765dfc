"""E-mail addresses."""

import random
import re
from functools import lru_cache
from typing import Any, ClassVar

import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext

from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text
from portal.fields.numerals import clean, half_width
from portal.fields.text import TEXT_OPERATORS

_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


@lru_cache(maxsize=4096)
def _domain(domain: str, intranet: bool) -> str:
    """The domain in its normal form; raises EmailNotValidError."""
    if intranet and len(domain) < 254 and _HOST.fullmatch(domain):
        return domain  # the library refuses .local and bare hosts whatever it is told
    return validate_email(f"a@{domain}", check_deliverability=False).domain


class Email(FieldType):
    """An e-mail address in lower case; `intranet` also allows hosts such as `mail.local`."""

    key: ClassVar[str] = "email"
    label: ClassVar[Text] = Text(zh="邮箱", en="E-mail")
    operand: ClassVar[str | None] = "text"
    operators: ClassVar[tuple[str, ...]] = TEXT_OPERATORS
    sealable: ClassVar[bool] = True
    is_mailbox: ClassVar[bool] = True
    identifies: ClassVar[bool] = True
    words: ClassVar[tuple[str, ...]] = ("邮箱", "email", "mail")
    input_key: ClassVar[str] = "email"
    show_key: ClassVar[str | None] = "email"

    intranet: bool = False

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.Text()

    def read(self, raw: Any) -> str:
        text = half_width(clean(raw)).removeprefix("mailto:").lower()
        local, _, host = text.rpartition("@")
        try:
            domain = _domain(host, self.intranet)
            if not local.isascii() or not local.isalnum():
                local = validate_email(f"{local}@example.com", check_deliverability=False).local_part
        except (EmailNotValidError, ValueError) as error:
            raise FieldError(lazy_gettext("Enter an e-mail address, for example name@company.com.")) from error
        if not local or len(local) > 64:
            raise FieldError(lazy_gettext("Enter an e-mail address, for example name@company.com."))
        return f"{local}@{domain}"

    def mask(self, value: Any) -> str:
        if not value:
            return ""
        local, _, host = value.rpartition("@")
        return f"{local[:1]}***@{host}"

    def sample(self, rng: random.Random) -> Any:
        return f"buyer{rng.randint(1, 99_999)}@example.com"
