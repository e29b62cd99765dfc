"""People of the house."""

from typing import Any, ClassVar, Literal

from portal.fields.labels import Text
from portal.fields.pointer import Pointer


class Person(Pointer):
    """A person of the house."""

    key: ClassVar[str] = "person"
    label: ClassVar[Text] = Text(zh="人员", en="Person")
    operators: ClassVar[tuple[str, ...]] = ("is_me", "eq", "ne", "in", "not_in", "empty", "filled")
    grouped_by: ClassVar[str | None] = "in"

    to: Literal["person"] = "person"

    def own(self, me: Any) -> int | None:
        return getattr(me, "id", None)
