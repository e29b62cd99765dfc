"""Skills: words that people carry, held against the value of a field of a record."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import force_locale

from portal.extensions import db
from portal.records import Record
from portal.security import Person
from portal.translations import LOCALES


def among(people: Sequence[int], record: Record, field: str | None) -> Sequence[int]:
    """Return those of the people who can what the field asks for; all of them where it asks for nothing."""
    asked = words(record, field) if field else set()
    if not asked or not people:
        return people
    carried = sa.select(Person.id, Person.skills).where(Person.id.in_(people))
    return [row[0] for row in db.session.execute(carried.order_by(Person.id)) if asked & _folded(row[1] or ())]


def words(record: Record, key: str) -> set[str]:
    """Return how a field's value may be called: its key and its text in every language."""
    field, value = record.entity.fields.get(key), record[key]
    if field is None or value is None:
        return set()
    many = tuple(value) if field.type.is_many else (value,)
    said = {str(one) for one in many}
    for locale in LOCALES.values():
        with force_locale(locale):
            said |= {field.type.text((one,) if field.type.is_many else one) for one in many} | {record.text(key)}
    return set(_folded(said))


def _folded(said: Sequence[str] | set[str]) -> set[str]:
    return {str(one).strip().casefold() for one in said if str(one).strip()}
