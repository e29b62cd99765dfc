"""Attached files."""

import random
from typing import Any, ClassVar, Literal

import sqlalchemy as sa
from flask_babel import gettext, lazy_gettext
from pydantic import Field as Limit

from portal.fields.field import Field
from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text
from portal.fields.numerals import row_id

Kind = Literal["image", "pdf", "text", "office", "archive", "other"]


class File(FieldType):
    """The id of a stored file, of at most so many MB and of these kinds where it says so."""

    key: ClassVar[str] = "file"
    label: ClassVar[Text] = Text(zh="文件", en="File")
    operators: ClassVar[tuple[str, ...]] = ("empty", "filled")
    filterable: ClassVar[bool] = False
    sortable: ClassVar[bool] = False
    is_upload: ClassVar[bool] = True
    input_key: ClassVar[str] = "file"
    show_key: ClassVar[str | None] = "file"

    max_megabytes: int | None = Limit(default=None, ge=1)
    kinds: tuple[Kind, ...] = ()

    @property
    def target(self) -> str | None:
        return "file"

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.BigInteger()

    def read(self, raw: Any) -> int:
        is_one = isinstance(raw, int | str) and not isinstance(raw, bool)
        if (id_ := row_id(str(raw).strip() if is_one else "")) is None:
            raise FieldError(lazy_gettext("Choose a file."))
        return id_

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        labels = self.links.labels("file", [value]) if self.links else {}
        return labels.get(value) or f"#{value}"

    def form_field(self, field: Field) -> Any:
        from portal.fields.entry import Upload

        return Upload.unbound(field)

    def missing(self, field: Field) -> str:
        return gettext("Choose a file for %(label)s.", label=field.label)

    def sample(self, rng: random.Random) -> Any:
        return None
