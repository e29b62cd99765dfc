"""The one WTForms field that serves every type."""

from typing import Any, ClassVar

from wtforms import Field as FormField
from wtforms.fields.core import UnboundField
from wtforms.validators import StopValidation

from portal.fields.field import Field


class Entry(FormField):  # type: ignore[misc]
    """Parses through its field's type and speaks the type's errors; templates draw it."""

    def __init__(self, *args: Any, field: Field, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.field = field

    @classmethod
    def unbound(cls, field: Field) -> UnboundField[Any]:
        """The class-level declaration for this field."""
        validators = [_Required(field)] if field.required else []
        return cls(field.label, validators, field=field)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = self.field.type.parse(self.field.type.from_form(valuelist))

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
    """Takes a file; `upload` is what was sent, and the stored id stays when nothing new was."""

    upload: Any = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        for raw in valuelist:
            if getattr(raw, "filename", None):
                self.upload = raw
            elif isinstance(raw, str) and raw.strip():
                self.data = self.field.type.parse(raw)


class _Required:
    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __init__(self, field: Field) -> None:
        self.field = field

    def __call__(self, form: Any, entry: Any) -> None:
        if entry.process_errors:
            raise StopValidation
        if entry.data in (None, ()) and not getattr(entry, "upload", None):
            raise StopValidation(self.field.type.missing(self.field))
