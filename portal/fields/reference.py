"""Pointing at another record."""

from collections.abc import Mapping
from typing import ClassVar

from portal.fields.labels import Text
from portal.fields.pointer import Pointer

INVERSE = Text(zh="在对方页面上的名称（可留空）", en="Its name on the other side (may be empty)")


class Reference(Pointer):
    """The id of a record of an entity (`to`), which shows what points at it under `inverse`.

    Records of one kind that point at each other make a tree: none comes to stand above itself, unless `rings` is true.
    """

    key: ClassVar[str] = "reference"
    label: ClassVar[Text] = Text(zh="关联", en="Reference")
    asks: ClassVar[Mapping[str, Text]] = {"inverse": INVERSE}

    inverse: Text | None = None
    rings: bool = False

    @property
    def other_side(self) -> Text | None:
        return self.inverse

    @property
    def is_ranking(self) -> bool:
        return not self.rings
