"""A release that would keep writers waiting is published by a job: what it fills comes first, beside the work."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError

from portal import jobs
from portal.errors import Conflict, Forbidden, NotFound
from portal.extensions import db, transaction
from portal.jobs import Job, Work
from portal.records import preparation, watch
from portal.schema import SchemaError, drafts, releases
from portal.schema.releases import Release
from portal.security import Actor, Person, policy

KIND = "schema.publish"
Edits = Mapping[str, str | None]


def ask(
    edits: Edits, *, base: int, note: str, by: Actor, right: str, restores: int | None = None, draft: int | None = None
) -> Job:
    """Ask for a release: these edits (path → text, None leaves a document out) over the documents of release `base`.

    `right` is what the person needs for it, still when it comes into force; `draft` gives up the edits then.
    """
    told = {"base": base, "edits": dict(edits), "note": note, "right": right, "restores": restores, "draft": draft}
    return jobs.enqueue(KIND, told, by=by)


def carry_out(work: Work) -> dict[str, Any]:
    """The job: fill, publish, and let the draft go of what is published."""
    asked, by = work.arguments, db.session.get(Person, work.job.asked_by)
    if by is None or not policy.may(by, asked["right"]):
        raise Forbidden
    edits, base = asked["edits"], asked["base"]
    wanted = {**releases.documents(base), **edits}
    documents = {path: text for path, text in wanted.items() if text is not None}

    def tick(done: int, total: int) -> None:
        work.advance(done, total)

    release = _told(documents, base, by) or publish(
        documents, by=by, note=asked["note"], expected_release=base, restores=asked["restores"], tick=tick
    )
    if asked["draft"] is not None:
        with transaction():
            drafts.settle(asked["draft"], edits)
    return {"link": f"/studio/releases/{release.number}"}


def _told(documents: Mapping[str, str], base: int, by: Actor) -> Release | None:
    """The release of this very job, where its process died right after publishing it."""
    release = db.session.get(Release, base + 1)
    is_ours = release is not None and (release.author_id, release.documents) == (by.id, documents)
    return release if is_ours else None


def publish(
    documents: Mapping[str, str],
    *,
    by: Actor,
    note: str,
    expected_release: int,
    restores: int | None = None,
    tick: preparation.Tick = lambda _done, _total: None,
) -> Release:
    """Publish, having filled before what takes long; raises what `releases.publish` does. Not within a transaction."""
    plan = releases.reserve(documents, expected_release=expected_release, restores=restores)

    try:
        _fill(plan, expected_release, tick)
        release = releases.publish(documents, by=by, note=note, expected_release=expected_release, restores=restores)
    except (jobs.Cancelled, Conflict, NotFound, SchemaError):
        preparation.forsake(plan)
        raise
    with transaction():
        watch.end_others(())
    return release


def _fill(plan: releases.Plan, base: int, tick: preparation.Tick) -> None:
    """Fill what takes long, until another release comes first, which sweeps the columns of this one away."""

    def goes_on(done: int, total: int) -> None:
        _stand(base)
        tick(done, total)

    try:
        preparation.fill(plan, goes_on)
    except DBAPIError:
        with transaction():
            releases.take_lock()  # which the other may still hold
            _stand(base)
        raise


def _stand(base: int) -> None:
    if releases.current_number() != base:
        releases.lost(base)
