"""Teams."""

from typing import Any, ClassVar, Literal

from portal.fields.labels import Text
from portal.fields.pointer import Pointer


class Team(Pointer):
    """A team."""

    key: ClassVar[str] = "team"
    label: ClassVar[Text] = Text(zh="团队", en="Team")
    operators: ClassVar[tuple[str, ...]] = ("is_mine", "eq", "ne", "in", "not_in", "empty", "filled")
    grouped_by: ClassVar[str | None] = "in"

    to: Literal["team"] = "team"

    def own(self, me: Any) -> int | None:
        return getattr(me, "team_id", None)
