"""From what was given to what is stored: every value read by its type, every rule of its field asked."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from flask_babel import gettext

from portal.fields import Field, FieldError, FieldType
from portal.schema import Entity
from portal.security import SYSTEM, Actor, policy
from portal.security.policy import Access

Values = dict[str, Any]
Problems = dict[str, Any]
GUARDED = frozenset({"id", "version", "updated_at", "updated_by"})  # kept by save alone


class Entry:
    """Reads rows of values for one entity in the name of one person; what may be written is asked once per field."""

    def __init__(self, entity: Entity, by: Actor) -> None:
        self.entity = entity
        self.by = by
        self.refusals: dict[str, str | None] = {}
        self.choosing = (
            {key for key, field in entity.fields.items() if _may_refuse(field)} if by is not SYSTEM else set()
        )
        self.required = [
            field
            for field in entity.fields.values()
            if field.required and not field.computed and not field.type.is_automatic
        ]

    def read(
        self,
        given: Mapping[str, Any],
        base: Mapping[str, Any] | None = None,
        *,
        parsed: bool = False,
        before: Mapping[str, Any] | None = None,
    ) -> tuple[Values, Problems]:
        """The values as they are stored, what is wrong by field; `base` holds the defaults of a new row.

        `before` is what is stored of a row there is; with it the conditions of the fields are asked.

        `parsed` values were read by their types already and are taken as they are.
        """
        values: Values = dict(base or {})
        problems: Problems = {}
        refusals, choosing = self.refusals, self.choosing
        for key, raw in given.items():
            refusal = refusals[key] if key in refusals else self._refusal(key)
            if refusal is not None:
                problems[key] = refusal
                continue
            try:
                values[key] = raw if parsed else self.entity.fields[key].type.parse(raw)
            except FieldError as error:
                problems[key] = error.message
                continue
            if key in choosing and not self._is_offered(key, values[key], (before or {}).get(key)):
                problems[key] = gettext("Choose one from the list.")
        hidden = self._obey(values, problems, given, base, before)
        for field in self.required:
            if field.key in hidden:
                continue
            is_asked = base is not None or field.key in values
            if is_asked and values.get(field.key) is None and field.key not in problems:
                problems[field.key] = field.type.missing(field)
        return values, problems

    def _obey(
        self,
        values: Values,
        problems: Problems,
        given: Mapping[str, Any],
        base: Mapping[str, Any] | None,
        before: Mapping[str, Any] | None,
    ) -> Collection[str]:
        """Ask the conditions of the fields, which bind people but not the portal's own rules; what is hidden."""
        if not self.entity.conditional or self.by is SYSTEM or (base is None and before is None):
            return ()
        demands = self.entity.demands({**(base or before or {}), **values}, before, self.by)
        for key in demands.hidden - given.keys() if before is None else ():
            values.pop(key, None)  # a default that does not apply
        for key, problem in demands.problems(values).items():
            problems.setdefault(key, problem)
        return demands.hidden

    def _is_offered(self, key: str, value: Any, before: Any) -> bool:
        """Whether a person may choose this now: not what is archived, nor what only another office offers."""
        return self.entity.fields[key].type.is_offered(value, before)

    def _refusal(self, key: str) -> str | None:
        if key not in self.refusals:
            self.refusals[key] = self._why_not(key)
        return self.refusals[key]

    def _why_not(self, key: str) -> str | None:
        field = self.entity.fields.get(key)
        if field is None:
            return gettext("There is no such field.")
        is_closed = key in GUARDED or policy.access(self.by, field) < Access.WRITE
        if is_closed or field.expression is not None or (field.computed and self.by is not SYSTEM):
            return gettext("You may not fill in this field.")
        return None


def _may_refuse(field: Field) -> bool:
    """Whether the type of the field has a word in what may be chosen; most have none, and need not be asked."""
    return type(field.type).is_offered is not FieldType.is_offered


def defaults(entity: Entity, person: Actor) -> Values:
    """What a new record holds before anybody filled it in; the owner is whoever makes it."""
    found = {
        field.key: field.type.parse(field.default)
        for field in entity.fields.values()
        if field.default is not None and not field.computed
    }
    return {"owner": person.id, **found}


def changes(
    entity: Entity, before: Mapping[str, Any], after: Mapping[str, Any], keys: Iterable[str]
) -> dict[str, list[Any]]:
    """What differs, as JSON: {key: [old, new]}."""
    found = {}
    for key in keys:
        if before.get(key) != after.get(key):
            kind = entity.fields[key].type
            found[key] = [kind.dump(before.get(key)), kind.dump(after.get(key))]
    return found


def filled(entity: Entity, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The values of a new record as changes from nothing."""
    return next(filled_many(entity, [values]))


def filled_many(entity: Entity, many: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, list[Any]]]:
    """The values of new records as changes from nothing; most types dump a value as it is and are not asked."""
    fields = entity.fields.items()
    dumps = {key: field.type.dump for key, field in fields if type(field.type).dump is not FieldType.dump}
    for values in many:
        yield {
            key: [None, dumps[key](value) if key in dumps else value]
            for key, value in values.items()
            if value is not None
        }


def openly(entity: Entity, changed: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """The changes as events carry them: of personal fields only that they changed, for events leave this room."""
    return {key: [None, None] if key in entity.guarded else pair for key, pair in changed.items()}
