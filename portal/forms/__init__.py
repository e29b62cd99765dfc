"""Forms made from the schema."""

from portal.forms import arrangement, document, lanes, unlike
from portal.forms.builder import Builder
from portal.forms.record_form import RecordForm, record_form

__all__ = ["Builder", "RecordForm", "arrangement", "document", "lanes", "record_form", "unlike"]
