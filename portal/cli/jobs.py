"""`portal jobs`: see, run, cancel and retry background work."""

import click
import sqlalchemy as sa

from portal import create_app
from portal import jobs as room
from portal.errors import NotFound
from portal.extensions import db
from portal.jobs import Job, model


@click.group()
def jobs() -> None:
    """See, run, cancel and retry background work."""


@jobs.command("list")
@click.option("--state", type=click.Choice(model.STATES), help="Only jobs in this state.")
@click.option("--limit", default=20, show_default=True, help="How many, newest first.")
def show(state: str | None, limit: int) -> None:
    """List the newest jobs: id, state, progress, kind, note or error."""
    with create_app().app_context():
        query = sa.select(Job).order_by(Job.id.desc()).limit(limit)
        for job in db.session.scalars(query.where(Job.state == state) if state else query):
            progress = f"{job.done}/{job.total}" if job.total else str(job.done or "")
            click.echo(f"{job.id:>7} {job.state:<9} {progress:>12} {job.kind:<24} {job.error or job.note}")


@jobs.command()
@click.argument("job_id", type=int)
def run(job_id: int) -> None:
    """Do one waiting job here and now."""
    with create_app().app_context():
        _must_exist(job_id)
        job = room.run_now(job_id)
        click.echo(f"Job {job.id} is {job.state}. {job.error}".strip())
        if job.state != "done":
            raise SystemExit(1)


@jobs.command()
@click.argument("job_id", type=int)
def cancel(job_id: int) -> None:
    """Cancel a job; a running one stops after its present batch."""
    with create_app().app_context():
        _must_exist(job_id)
        click.echo(f"Job {job_id} is {room.cancel(job_id).state}.")


@jobs.command()
@click.argument("job_id", type=int)
def retry(job_id: int) -> None:
    """Let an ended job run again from where it was."""
    with create_app().app_context():
        _must_exist(job_id)
        click.echo(f"Job {job_id} is {room.retry(job_id).state}.")


def _must_exist(job_id: int) -> None:
    found = db.session.get(Job, job_id)
    db.session.rollback()
    if found is None:
        raise NotFound(f"There is no job {job_id}.")
