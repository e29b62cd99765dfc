"""Values kept as JSON beside the records (in the audit log, in proposals and merges), as the field of today reads them.

A field may have had another type when they were kept; then only their words are known.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from portal.fields import Field, FieldType

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What types raise at a value that is none of theirs."""


@dataclass(frozen=True)
class OldForm:
    """A value that was kept when its field had another type: it can be told, and not stored again."""

    kept: Any

    def __str__(self) -> str:
        words = self.kept if isinstance(self.kept, list) else [self.kept]
        return gettext(", ").join(str(word) for word in words)


def value(field: Field, kept: Any) -> Any:
    """The value that `dump` of the field's type wrote; an OldForm where another type did."""
    if kept is None:
        return None
    kind = field.type.held
    try:
        found = kind.load(kept)
        return found if _is_own(kind, found, kept) else OldForm(kept)
    except UNREADABLE:
        return OldForm(kept)


def _is_own(kind: FieldType, found: Any, kept: Any) -> bool:
    """Whether the type would write it so; where it loads what it is given, whether its column could hold that."""
    if type(kind).load is FieldType.load and not isinstance(found, kind.column_type().python_type):
        return False
    if kind.target is None:
        kind.text(found)  # raises where it cannot be said
    return bool(kind.dump(found) == kept)
