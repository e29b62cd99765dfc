"""Forms made from the schema."""

from portal.forms.builder import Builder
from portal.forms.record_form import RecordForm, record_form

__all__ = ["Builder", "RecordForm", "record_form"]
