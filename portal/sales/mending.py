"""Tasks for those who can mend the data of records: one for each owner and kind of issue, none twice."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale, ngettext

from portal import clock, mail, records, schema
from portal.extensions import db, transaction
from portal.sales import tasks
from portal.schema import conditions
from portal.security import SYSTEM, Actor, Person
from portal.translations import LOCALES

DUE = timedelta(days=7)
MOST = 200


def ask_owners(noun: Any, issue: str, numbers: Mapping[int, int], addresses: Mapping[int, str], *, by: Actor) -> int:
    """Write a task and a notice for each owner of records with an issue; return how many tasks are new.

    `numbers` says how many records each owner has, `addresses` where they are listed.
    """
    origin, kind = f"quality:{noun.key}:{issue}", schema.current().entities[noun.on].fields[noun.issues].type
    with transaction():
        busy = _busy(origin)
        ids = [id_ for id_, number in numbers.items() if number and id_ not in busy][:MOST]
        people = db.session.scalars(sa.select(Person).where(Person.id.in_(ids), Person.active)).all()
        for person in people:
            with force_locale(LOCALES[person.locale]):
                what = {"issue": kind.text((issue,)), "label": schema.current().entities[noun.on].plural}
                title = ngettext(
                    "Mend the data: %(issue)s (%(num)d of %(label)s)",
                    "Mend the data: %(issue)s (%(num)d of %(label)s)",
                    numbers[person.id],
                    **what,
                )
            about = {"owner": person.id, "origin": origin, "kind": "other", "due_on": clock.today() + DUE}
            tasks.plan(title, by=by, **about)
            mail.notify(person.id, title, addresses[person.id])
        return len(people)


def _busy(origin: str) -> Sequence[int]:
    """The owners who have such a task open."""
    condition = conditions.parse(
        {"all": [{"origin": origin}, {"status": tasks.OPEN}]}, schema.current().entities["task"]
    )
    found = records.search(tasks.TASK, SYSTEM, condition=condition, limit=MOST, columns=["owner"]).records
    return [record["owner"] for record in found]
