"""The one table of who hears what: event listeners, job kinds, the schedule."""

from flask import Flask, has_request_context
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal import events, jobs, records, schema
from portal.fields import FieldType
from portal.jobs import scheduler
from portal.security import SYSTEM, Actor


def connect(app: Flask) -> None:
    """Connect the rooms; called by create_app, harmless when repeated."""
    _jobs()
    _events()
    _records()


SCHEDULE: tuple[tuple[str, str, str], ...] = (("tidy", "jobs.tidy", "daily 03:30"),)
"""What the portal itself does by the clock: (name, job kind, when)."""


def _jobs() -> None:
    jobs.register("events.deliver", _deliver, _l("Pass on what happened"))
    jobs.register("jobs.tidy", lambda work: scheduler.tidy(), _l("Forget finished background work"))


def _events() -> None:
    events.on_pending(_ask_delivery)
    if _sweep_events not in scheduler.SWEEPERS:
        scheduler.SWEEPERS.append(_sweep_events)


def _records() -> None:
    schema.releases.on_publish(records.provision.apply)
    FieldType.use_links(records.links.Links(_who))
    jobs.register("records.index", records.provision.build_indexes, _l("Build indexes of a new release"))
    jobs.register("records.tokens", records.finder.rebuild, _l("Index all records for the search"))


def _who() -> Actor:
    """In whose name references are looked up: whoever asks for the page, or the portal itself."""
    if has_request_context() and current_user.is_authenticated:
        person: Actor = current_user._get_current_object()
        return person
    return SYSTEM


def set_schedule() -> None:
    """Write SCHEDULE into the database; for the start of the launcher."""
    for name, kind, spec in SCHEDULE:
        jobs.schedules.schedule(name, kind, spec, holds=False)


def _ask_delivery() -> None:
    jobs.enqueue("events.deliver", unique_key="events.deliver")


def _sweep_events() -> None:
    if events.undelivered():
        from portal.extensions import transaction

        with transaction():
            _ask_delivery()


def _deliver(work: jobs.Work) -> int:
    failed = events.deliver(lambda count: work.advance(done=count))
    if failed:
        raise RuntimeError(f"{failed} events wait for another try")
    return failed
