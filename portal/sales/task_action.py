"""The workflow step that creates a task."""

from collections.abc import Mapping
from typing import Any

from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _l

from portal import clock, records
from portal.records import Record
from portal.rules import addressees, calendars, spans, words
from portal.rules.actions import Action, Moment, StepFailed
from portal.sales import tasks
from portal.security import SYSTEM
from portal.translations import LOCALES


class CreateTask(Action):
    """Create a task for somebody, due a span from now; a wait step may wait for it."""

    key = "task"
    label = _l("Task")
    icon = "checkbox"

    def act(self, body: Any, moment: Moment) -> dict[str, Any]:
        people = addressees.people_for(body.to, moment.record)
        if not people:
            raise StepFailed("no_person", word=body.to)
        due = spans.day_after(clock.now(), body.due, calendars.named(catalog=moment.catalog))
        with force_locale(LOCALES[people[0].locale]):
            title = str(body.title)
        about = {
            "customer": _customer(moment.record),
            "owner": people[0].id,
            "origin": f"workflow:{moment.run.workflow}",
        }
        kinds = {"kind": body.kind, "priority": body.priority}
        task = tasks.plan(title, by=SYSTEM, due_on=due, **about, **kinds)
        return {"task": task.id, "title": title, "name": people[0].name, "due": due.isoformat()}

    def sentence(self, body: Any) -> str:
        told = {"title": body.title, "who": words.addressee_text(body.to), "due": words.span_text(body.due)}
        return gettext("“%(title)s” for %(who)s, due in %(due)s", **told)

    def report(self, result: Mapping[str, Any], record: Record) -> str:
        told = {"title": result["title"], "name": result["name"], "due": result["due"]}
        return gettext("“%(title)s” for %(name)s, due on %(due)s", **told)

    def is_done(self, result: Mapping[str, Any]) -> bool:
        return tasks.is_done(result["task"])

    def made(self, result: Mapping[str, Any]) -> tuple[str, int] | None:
        return tasks.TASK, result["task"]


def _customer(record: Record) -> int | None:
    if record.entity.key == "customer":
        return record.id
    field = records.tables.entity_of(record.entity.key).fields.get("customer")
    return record["customer"] if field else None
