"""The form of a record: only what this person may write, parsed by each field's type."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import HiddenField

from portal import records
from portal.fields import Field
from portal.records import Record
from portal.schema import Entity
from portal.security import Actor, policy
from portal.security.policy import Access

MARK = "field_"  # keeps a field called "data" or "errors" apart from the form's own attributes


class RecordForm(FlaskForm):  # type: ignore[misc]
    """Entries by field key (`form["name"]`), in the sections of the layout, with the version that was read."""

    entity: ClassVar[Entity]
    fields_of: ClassVar[dict[str, Field]]
    version = HiddenField()

    def __getitem__(self, key: str) -> Any:
        return self._fields[MARK + key]

    def __contains__(self, key: object) -> bool:
        return f"{MARK}{key}" in self._fields

    @property
    def entries(self) -> list[Any]:
        """The entries in the order of the form."""
        return [self[key] for key in self.fields_of]

    @property
    def problems(self) -> dict[str, list[Any]]:
        """What is wrong, by field key."""
        return {entry.field.key: list(entry.errors) for entry in self.entries if entry.errors}

    @property
    def read_version(self) -> int | None:
        """The version on the page that was sent; 0, which no record has, where it is no number."""
        sent = str(self.version.data or "")
        return int(sent) if sent.isascii() and sent.isdigit() else 0 if self.version.raw_data else None

    def sections(self) -> Iterator[tuple[Any, list[Any]]]:
        """Each section's label with its entries; sections without any are left out."""
        for section in self.entity.form:
            entries = [self[key] for key in section.fields if key in self]
            if entries:
                yield section.label, entries
        rest = [self[key] for key in self.fields_of if key not in _laid_out(self.entity)]
        if rest:
            yield None, rest

    def values(self, by: Actor) -> dict[str, Any]:
        """The parsed values of what was sent, files stored; call it once the form is valid."""
        return {entry.field.key: _value(entry, by) for entry in self.entries if entry.was_sent}

    def tell(self, problems: Mapping[str, Any]) -> list[Any]:
        """Put the problems beside their entries; the rest, which no entry shows, comes back."""
        for key, message in problems.items():
            if key in self:
                self[key].errors = [*self[key].errors, message]
        return [message for key, message in problems.items() if key not in self]


def record_form(
    entity: Entity, person: Actor, record: Record | None = None, data: Mapping[str, Any] | None = None
) -> RecordForm:
    """The form for this person; `data` are values to begin with (a follow-up's customer)."""
    fields = {key: field for key, field in _shown(entity).items() if policy.access(person, field) >= Access.WRITE}
    declared = {MARK + key: field.type.form_field(field) for key, field in fields.items()}
    made = type("RecordFormOfEntity", (RecordForm,), {**declared, "entity": entity, "fields_of": fields})
    begin = {MARK + key: record[key] for key in fields} if record else {}
    begin |= {MARK + key: fields[key].type.parse(raw) for key, raw in (data or {}).items() if key in fields}
    form: RecordForm = made(data=begin | ({"version": record.version} if record else {}))
    return form


def _laid_out(entity: Entity) -> set[str]:
    return {key for section in entity.form for key in section.fields}


def _shown(entity: Entity) -> dict[str, Field]:
    """The writable fields of the layout, or all where there is none."""
    writable = {key: field for key, field in entity.writable().items() if not field.type.is_automatic}
    if not entity.form:
        return writable
    return {key: writable[key] for section in entity.form for key in section.fields if key in writable}


def _value(entry: Any, by: Actor) -> Any:
    upload = getattr(entry, "upload", None)
    if upload is None:
        return entry.data
    return records.files.store(upload.stream, upload.filename, by=by).id
