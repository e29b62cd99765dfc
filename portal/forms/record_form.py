"""The form of a record: only what this person may write, parsed by each field's type."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import HiddenField

from portal import records
from portal.fields import Field, row_id
from portal.records import Record
from portal.schema import Entity
from portal.schema import layout as laid
from portal.security import Actor, policy
from portal.security.policy import Access

MARK = "field_"  # keeps a field called "data" or "errors" apart from the form's own attributes


class RecordForm(FlaskForm):  # type: ignore[misc]
    """Entries by field key (`form["name"]`), in the sections of the layout, with the version that was read."""

    entity: ClassVar[Entity]
    layout: ClassVar[laid.Layout]
    fields_of: ClassVar[dict[str, Field]]
    person: ClassVar[Actor]
    stored: ClassVar[Mapping[str, Any]] = {}  # of a record there is, or what a new one begins with
    is_new: ClassVar[bool] = True
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
        return row_id(sent) or (0 if self.version.raw_data else None)

    @property
    def watched(self) -> set[str]:
        """The fields on whose change the form is drawn again."""
        return {cause for field in self.entity.conditional for cause in field.causes if cause in self}

    def demands(self) -> Any:
        """What the fields demand of each other, by what stands in the form."""
        state = {**self.stored, **{entry.field.key: entry.data for entry in self.entries}}
        return self.entity.demands(state, None if self.is_new else self.stored, self.person)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check what applies; what is hidden or shut is not taken and cannot be wrong."""
        super().validate(extra_validators)
        demands = self.demands()
        for entry in self.entries:
            if entry.field.key in demands.untouched:
                entry.errors = []
            elif demands.must(entry.field) and entry.is_blank and not entry.errors:
                entry.errors = [entry.field.type.missing(entry.field)]
        return not self.errors

    def redraw(self) -> None:
        """Let go of what no longer belongs to what was chosen before it."""
        demands = self.demands()
        for entry in self.entries:
            leader = entry.field.type.leader
            if leader and not entry.field.type.agrees(entry.data, demands.state.get(leader)):
                entry.data = entry.raw_data = None

    def sections(self) -> Iterator[tuple[laid.Section | None, list[Any]]]:
        """Each section with the entries that apply; sections without any are left out.

        What stands in no section and must be filled in comes last, under None: no layout makes a form unsavable.
        """
        demands = self.demands()
        for section in self.layout.form:
            entries = [self._drawn(key, demands) for key in section.fields if key in self and key not in demands.hidden]
            if entries:
                yield section, entries
        rest = [self._drawn(key, demands) for key in self.fields_of if self._is_left(key, demands)]
        if rest:
            yield None, rest

    def _is_left(self, key: str, demands: Any) -> bool:
        """Whether an entry of no section is to be drawn: all of them without a layout, else what is called for."""
        entry = self[key]
        if key in self.layout.laid_out or key in demands.hidden:
            return False
        is_open = entry.is_blank or entry.errors or entry.was_sent
        return not self.layout.form or bool(demands.must(entry.field) and is_open)

    def values(self, by: Actor) -> dict[str, Any]:
        """The parsed values of what was sent, files stored; call it once the form is valid."""
        untouched = self.demands().untouched
        taken = [entry for entry in self.entries if entry.was_sent and entry.field.key not in untouched]
        return {entry.field.key: _value(entry, by) for entry in taken}

    def _drawn(self, key: str, demands: Any) -> Any:
        """The entry as it is to be drawn: with its mark, its lock and the options that belong here."""
        entry = self[key]
        entry.is_required, entry.is_locked = demands.must(entry.field), key in demands.shut
        entry.field = entry.field.among(demands.state)
        return entry

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
    entity = record.entity if record else entity  # by the words of the office that keeps the record
    layout = entity.layout_for(person.role_keys)
    shown = _shown(entity, layout)
    fields = {key: field for key, field in shown.items() if policy.access(person, field) >= Access.WRITE}
    declared = {MARK + key: field.type.form_field(field) for key, field in fields.items()}
    facts = {"entity": entity, "layout": layout, "fields_of": fields, "person": person}
    facts |= {"stored": record.values, "is_new": record.id is None} if record else {}
    made = type("RecordFormOfEntity", (RecordForm,), {**declared, **facts})
    begin = {MARK + key: record.value(key) for key in fields} if record else {}
    begin |= {MARK + key: fields[key].type.parse(raw) for key, raw in (data or {}).items() if key in fields}
    form: RecordForm = made(data=begin | ({"version": record.version} if record else {}))
    return form


def _shown(entity: Entity, layout: laid.Layout) -> dict[str, Field]:
    """The writable fields of the layout and those a record cannot do without, or all where there is no layout."""
    writable = {key: field for key, field in entity.writable().items() if not field.type.is_automatic}
    if not layout.form:
        return writable
    placed = {key: writable[key] for section in layout.form for key in section.fields if key in writable}
    called_for = {key: field for key, field in writable.items() if field.required or field.required_when is not None}
    return placed | {key: field for key, field in called_for.items() if key not in placed}


def _value(entry: Any, by: Actor) -> Any:
    upload = getattr(entry, "upload", None)
    if upload is None:
        return entry.data
    return records.attachments.receive(upload.stream, upload.filename, by, entry.field).id
