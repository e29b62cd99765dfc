"""Fields that are worked out of others: their formulas read in the order they need each other, circles refused."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from flask_babel import lazy_gettext as _l

from portal.fields.expression import ExpressionError, Node, Ref
from portal.fields.field import Field
from portal.fields.field_type import FieldType


class Unread(ExpressionError):
    """A formula of another field could not be read; that is told where it stands."""


class Formulas(Mapping[str, Node]):
    """The fields of one entity as a formula sees them, by key; `declared` are the types as the documents gave them."""

    def __init__(self, fields: Mapping[str, Field], declared: Mapping[str, FieldType]) -> None:
        self.fields = fields
        self.declared = declared
        self.errors: dict[str, ExpressionError] = {}  # by the field's key
        self._read: dict[str, Node | None] = {}
        self._open: list[str] = []

    def __getitem__(self, key: str) -> Node:
        if key in self.declared:
            node = self._formula(key)
            if node is not None:
                return node
        kind = self.fields[key].type.operand
        if self.fields[key].encrypted:
            raise ExpressionError(_l("an encrypted field cannot stand in a formula: %(key)s", key=key))
        if kind is None:
            label = self.fields[key].type.label
            raise ExpressionError(
                _l('a field of the type "%(type)s" cannot stand in a formula: %(key)s', type=label, key=key)
            )
        return Ref(kind, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def finished(self) -> dict[str, Field]:
        """The fields with their expressions; one that cannot be read stays without."""
        found = dict(self.fields)
        for key in self.declared:
            try:
                node = self._formula(key)
            except ExpressionError:
                continue
            found[key] = replace(found[key], expression=node)
        return found

    def _formula(self, key: str) -> Node | None:
        if key in self.errors:
            raise Unread("")
        if key in self._open:
            way = " → ".join([*self._open[self._open.index(key) :], key])
            raise ExpressionError(_l("formulas need each other in a circle: %(way)s", way=way))
        if key not in self._read:
            self._open.append(key)
            try:
                self._read[key] = self.declared[key].expression(self)
            except ExpressionError as error:
                self.errors[key] = error
                raise Unread("") from error
            finally:
                self._open.pop()
        return self._read[key]
