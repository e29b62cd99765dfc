"""Offices."""

from typing import Any, ClassVar, Literal

from portal.fields.labels import Text
from portal.fields.pointer import Pointer


class Office(Pointer):
    """An office."""

    key: ClassVar[str] = "office"
    label: ClassVar[Text] = Text(zh="机构", en="Office")
    operators: ClassVar[tuple[str, ...]] = ("is_mine", "eq", "ne", "in", "not_in", "empty", "filled")
    grouped_by: ClassVar[str | None] = "in"

    to: Literal["office"] = "office"

    def own(self, me: Any) -> int | None:
        return getattr(me, "office_id", None)
