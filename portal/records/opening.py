"""Fields that were encrypted and are being opened: till the job is through, the database finds whole values only.

What it orders or groups by, or looks for a part of, is incomplete meanwhile; pages and reports say so.
"""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import format_decimal, gettext

from portal import vault
from portal.extensions import db
from portal.fields import Field
from portal.records import reach
from portal.records.tables import table_of
from portal.schema import Entity, conditions
from portal.security import Actor
from portal.vault import SealedText


@dataclass(frozen=True)
class Opening:
    """How far a field is: so many of its values are plain already."""

    field: Field
    opened: int
    held: int

    def __str__(self) -> str:
        """Say it to whoever reads what is incomplete."""
        numbers = {"opened": format_decimal(self.opened), "held": format_decimal(self.held)}
        return gettext(
            "“%(field)s” is being opened: %(opened)s of %(held)s values. "
            "Until then what is ordered, grouped or searched by it leaves out the others.",
            field=self.field.label,
            **numbers,
        )


def concerned(
    entity: Entity, person: Actor, when: conditions.Condition | None = None, by: Collection[str] = ()
) -> list[Opening]:
    """The fields being opened that make incomplete what a person asks: by a condition, or ordered or grouped `by`.

    Only values in rows the person may see are counted.
    """
    asked = {key.removeprefix("-") for key in by}
    if when is not None:
        asked |= {
            test.field.key for test in when.tests() if test.operator.key not in test.field.type.sealed().operators
        }
    found = (entity.fields[key] for key in sorted(asked) if key in entity.fields)
    open_ = [field for field in found if field.opening and vault.places.is_opening(field.place)]
    return [one for one in (_looked_at(field, entity, person) for field in open_) if one.opened < one.held]


def _looked_at(field: Field, entity: Entity, person: Actor) -> Opening:
    column = table_of(entity.key).c[field.column]
    held, left = sa.func.count(sa.type_coerce(column, sa.Text())), sa.func.count(sa.case((SealedText.under(column), 1)))
    numbers = db.session.execute(sa.select(held, left).where(reach.rows(person, "view", entity))).one()
    return Opening(field, numbers[0] - numbers[1], numbers[0])
