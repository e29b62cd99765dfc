"""Steps that change the record itself: set fields, add and remove tags, hand it to somebody."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal.fields import Field, FieldError
from portal.records import Record, reading, save
from portal.rules.actions import Action, Moment, StepFailed
from portal.rules.addressees import people_for
from portal.rules.words import addressee_text
from portal.schema import Entity
from portal.security import SYSTEM
from portal.security.policy import Access


class SetFields(Action):
    """Write values into fields of the record."""

    key = "set"
    label = _l("Set fields")
    icon = "edit"

    def act(self, body: Any, moment: Moment) -> dict[str, Any]:
        values = {moment.current_key(key): value for key, value in body.items()}
        before = {key: _told(moment.record, key) for key in values}
        saved = save(moment.record, values, by=SYSTEM)
        return {"changes": {key: [before[key], _told(saved, key)] for key in values}}

    def sentence(self, body: Any) -> str:
        return self.sentence_of(body, None)

    def sentence_of(self, body: Any, entity: Entity | None) -> str:
        named = (_named(entity.fields.get(key) if entity else None, key, value) for key, value in body.items())
        told = (gettext("Set “%(field)s” to “%(value)s”", field=name, value=text) for name, text in named)
        return gettext("; ").join(told)

    def report(self, result: Mapping[str, Any], record: Record) -> str:
        return "; ".join(filter(None, (_changed(record, key, *pair) for key, pair in result["changes"].items())))


class Tag(Action):
    """Add tags to the record and take others away."""

    key = "tag"
    label = _l("Tags")
    icon = "tag"

    def act(self, body: Any, moment: Moment) -> dict[str, Any]:
        key = moment.current_key(body.field)
        held = tuple(moment.record[key] or ())
        kept = tuple(tag for tag in held if tag not in body.remove)
        tags = kept + tuple(tag for tag in body.add if tag not in kept)
        if tags != held:
            save(moment.record, {key: tags}, by=SYSTEM)
        added, removed = [tag for tag in tags if tag not in held], [tag for tag in held if tag not in tags]
        return {"field": key, "added": added, "removed": removed}

    def sentence(self, body: Any) -> str:
        parts = [gettext("add %(tags)s", tags=", ".join(body.add))] if body.add else []
        parts += [gettext("remove %(tags)s", tags=", ".join(body.remove))] if body.remove else []
        return gettext("Tags: %(what)s", what="; ".join(parts))

    def report(self, result: Mapping[str, Any], record: Record) -> str:
        if record.access(result.get("field", "")) < Access.READ:
            return ""
        signed = [f"+ {tag}" for tag in result["added"]] + [f"− {tag}" for tag in result["removed"]]
        return ", ".join(signed) or gettext("nothing to change")


class Assign(Action):
    """Hand the record to somebody else."""

    key = "assign"
    label = _l("Assign")
    icon = "user"

    def act(self, body: Any, moment: Moment) -> dict[str, Any]:
        people = people_for(body.to, moment.record)
        if not people:
            raise StepFailed("no_person", word=body.to)
        save(moment.record, {"owner": people[0].id}, by=SYSTEM)
        return {"person": people[0].id, "name": people[0].name}

    def sentence(self, body: Any) -> str:
        return gettext("Assign to %(who)s", who=addressee_text(body.to))

    def report(self, result: Mapping[str, Any], record: Record) -> str:
        return str(result["name"])


def _named(field: Field | None, key: str, value: Any) -> tuple[str, str]:
    """A field and a value of a document in the reader's words; as they are written where the field is gone."""
    if field is None:
        return key, str(value)
    try:
        return str(field.label), field.type.text(field.type.parse(value))
    except FieldError:
        return str(field.label), str(value)


def _changed(record: Record, key: str, before: str, after: str) -> str:
    """A change as the record's viewer may know it; of a field that is gone nobody knows whose it was to see."""
    field = record.entity.fields.get(key)
    if field is None or record.access(key) < Access.READ:
        return f"{field.label}: {reading.HIDDEN}" if field is not None and record.access(key) > Access.HIDE else ""
    record.look(key)
    return f"{field.label}: {before or '–'} → {after or '–'}"


def _told(record: Record, key: str) -> str:
    """What a step keeps of a value: the text, of an encrypted one its mask."""
    field = record.entity.fields[key]
    return field.type.mask(record[key]) if field.encrypted else record.text(key)
