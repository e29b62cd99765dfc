"""Pointing at several other records."""

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import gettext, lazy_gettext

from portal.fields.field_type import FieldError
from portal.fields.labels import Text
from portal.fields.links import Ids
from portal.fields.multi_choice import MANY_OPERATORS
from portal.fields.numerals import clean, row_id
from portal.fields.pointed import Names
from portal.fields.pointer import Pointer
from portal.fields.reference import INVERSE

MOST = 500  # records that one value may point at
_BETWEEN = (re.compile(r"[;；|\n]+"), re.compile(r"[;；|\n,，、]+"))  # a name may hold a comma: semicolons first


class References(Pointer):
    """The ids of any number of records of an entity (`to`), which show these records in turn under `inverse`."""

    key: ClassVar[str] = "references"
    label: ClassVar[Text] = Text(zh="多个关联", en="Several references")
    operators: ClassVar[tuple[str, ...]] = MANY_OPERATORS
    scalar_operator: ClassVar[str] = "has"
    list_operator: ClassVar[str] = "has_any"
    is_many: ClassVar[bool] = True
    is_linking: ClassVar[bool] = True
    input_key: ClassVar[str] = "references"
    show_key: ClassVar[str | None] = "references"

    asks: ClassVar[Mapping[str, Text]] = {"inverse": INVERSE}

    inverse: Text | None = None

    @property
    def other_side(self) -> Text | None:
        return self.inverse

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return Ids()

    def column_beside(self, links: str) -> sa.types.TypeEngine[Any]:
        return Ids(links)

    def read(self, raw: Any) -> Any:
        parts = raw if isinstance(raw, list | tuple | set | frozenset) else [raw]
        ids = {id_ for part in parts if part not in (None, "") for id_ in self._ids(part)}
        if len(ids) > MOST:
            raise FieldError(lazy_gettext("Choose at most %(count)s.", count=MOST))
        return tuple(sorted(ids)) or None

    def _ids(self, part: Any) -> list[int]:
        """The ids in one text: the first way to take it apart by which everything is known."""
        *rest, last = self.ways(clean(part)) if isinstance(part, str) else [[part]]
        for way in () if all(str(word).isdigit() for word in last) else rest:
            try:
                return [self.read_one(word) for word in way]
            except FieldError:
                continue
        return [self.read_one(word) for word in last]

    def read_one(self, raw: Any) -> int:
        """One record by its id or name; raises FieldError."""
        return Pointer.read(self, raw)

    def ways(self, cell: str) -> list[list[str]]:
        parts = [[word for part in between.split(cell) if (word := part.strip())] for between in _BETWEEN]
        ways = [[cell.strip()], *parts]
        return [way for at, way in enumerate(ways) if way and way not in ways[:at]] or [[cell]]

    def gathered(self, ids: Sequence[int]) -> Any:
        return tuple(sorted(set(ids)))

    def dump(self, value: Any) -> Any:
        return None if value is None else list(value)

    def load(self, json: Any) -> Any:
        return tuple(json) if json else None

    def pointed(self, value: Any) -> tuple[int, ...]:
        return value or ()

    def text(self, value: Any) -> str:
        known = self.links.labels(str(self.target), value) if self.links and value else {}
        return self.named(value, {(str(self.target), id_): label for id_, label in known.items()})

    def named(self, value: Any, known: Names) -> str:
        return gettext(", ").join(label for _, label in self.drawn(value, known))

    def drawn(self, value: Any, known: Names) -> list[tuple[int, str]]:
        """Each id with what it is called, or with nothing but itself where the viewer may not know."""
        return [(id_, known.get((str(self.target), id_)) or f"#{id_}") for id_ in value or ()]

    def export(self, value: Any) -> Any:
        return None if value is None else self.text(value)

    def export_named(self, value: Any, known: Names) -> Any:
        return "; ".join(label for _, label in self.drawn(value, known)) or None

    def input_text(self, value: Any) -> str:
        return ",".join(map(str, value or ()))

    def from_form(self, values: list[Any]) -> Any:
        return [value for value in values if value]

    def offered(self, chosen: Sequence[str]) -> list[tuple[str, str]]:
        """Choices to begin with, the chosen first."""
        ids = [id_ for key in chosen if (id_ := row_id(key)) is not None]
        known = self.links.labels(str(self.target), ids) if self.links and ids else {}
        rest = [(str(id_), label) for id_, label in self.likely() if id_ not in ids]
        return [*((str(id_), known.get(id_) or f"#{id_}") for id_ in ids), *rest]

    def spelled(self, chosen: Sequence[str]) -> str:
        """What was typed as names and could not be placed, to stand in the input again."""
        return "; ".join(text for text in chosen if not text.isdigit())

    def sample(self, rng: random.Random) -> Any:
        return self.gathered([rng.randint(1, 50) for _ in range(rng.randint(1, 4))])
