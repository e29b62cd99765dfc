"""One class per field type, and the operators that compare their values."""

from portal.fields.field import Field
from portal.fields.field_type import FieldError, FieldType
from portal.fields.labels import Text
from portal.fields.numerals import row_id as row_id
from portal.fields.operators import OPERATORS, Operator
from portal.fields.types import FIELD_TYPES

__all__ = ["FIELD_TYPES", "OPERATORS", "Field", "FieldError", "FieldType", "Operator", "Text"]
