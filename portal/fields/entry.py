"""The one WTForms field that serves every type."""

from typing import Any, ClassVar

from flask_babel import lazy_gettext
from wtforms import Field as FormField
from wtforms.fields.core import UnboundField
from wtforms.validators import StopValidation

from portal.fields.field import Field


class Entry(FormField):  # type: ignore[misc]
    """Parses through its field's type and speaks the type's errors; templates draw it."""

    def __init__(self, *args: Any, field: Field, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.field = field
        self.is_required = field.required
        self.is_locked = False

    @classmethod
    def unbound(cls, field: Field) -> "UnboundField[Any]":
        """The class-level declaration for this field."""
        validators = [_Required(field)] if field.required else []
        return cls(field.label, validators, field=field, name=field.key)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """What was sent; an input that the sent page did not have keeps its value."""
        if not valuelist:
            return
        if len(valuelist) == 1 and self.typed == self.field.type.input_text(self.object_data):
            return
        self.data = self.field.type.parse(self.field.type.from_form(valuelist))

    def pre_validate(self, form: Any) -> None:
        """What is newly chosen must be there for this person."""
        if self.data is not None and self.data != self.object_data and not self._is_known():
            raise StopValidation(lazy_gettext("Choose one from the list."))

    def _is_known(self) -> bool:
        return self.field.type.is_known(self.data, self.object_data)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was given."""
        return self.data in (None, ()) and not getattr(self, "upload", None)

    @property
    def was_sent(self) -> bool:
        """Whether the sent page had this input."""
        return bool(self.raw_data)

    @property
    def typed(self) -> str:
        """What stands in the input: what was typed, else the value."""
        if self.raw_data:
            return str(self.raw_data[0] or "")
        return self.field.type.input_text(self.data)

    @property
    def chosen(self) -> list[str]:
        """The keys chosen among options."""
        if self.raw_data:
            return [str(raw) for raw in self.raw_data if raw]
        if self.data is None:
            return []
        return [str(key) for key in self.data] if self.field.type.is_many else [self.field.type.input_text(self.data)]


class Upload(Entry):
    """Takes a file; `upload` is what was sent, and the stored id stays when nothing new was.

    An id is never taken from the page: it could be that of somebody else's file.
    """

    upload: Any = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        for raw in valuelist:
            if getattr(raw, "filename", None):
                self.upload = raw


class _Required:
    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __init__(self, field: Field) -> None:
        self.field = field

    def __call__(self, form: Any, entry: Any) -> None:
        if entry.process_errors:
            raise StopValidation
        if entry.is_blank:
            raise StopValidation(self.field.type.missing(self.field))
