"""The backup of every night as a job: made, seen to be whole, old ones let go, and failures told to administrators."""

import logging
import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale, gettext

from portal import audit, mail, schema
from portal.backups import drill, making, standing
from portal.errors import PortalError
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.security import Person
from portal.settings import Settings
from portal.translations import LOCALES

JOB, WATCH = "backups.make", "backups.watch"
ABILITY = "admin"
LINK = "/backups/"
STAMP = re.compile(r"kehu-(\d{4})(\d{2})(\d{2})-\d{6}\.tar\.gz")
log = logging.getLogger(__name__)


def make(work: Work) -> dict[str, object]:
    """The job `backups.make`: one backup in the folder of backups; raises what went wrong once it was told."""
    settings: Settings = current_app.config["PORTAL"]
    try:
        file = making.new_file(settings)
        manifest = making.write(file, settings)
        work.advance(1, total=2)
        drill.verify(file)
    except (PortalError, OSError, sa.exc.SQLAlchemyError) as problem:
        db.session.rollback()
        _fail(problem)
        raise
    facts = {
        "file": file.name,
        "bytes": file.stat().st_size,
        "rows": sum(manifest.rows.values()),
        "missing": len(manifest.missing),
    }
    with transaction():
        audit.record(standing.MADE, by=None, data=facts)
    gone = forget(making.folder_of(settings), settings.backup_daily, settings.backup_weekly)
    work.advance(2)
    return {**facts, "forgotten": gone}


def watch(work: Work) -> bool:
    """The job `backups.watch`: tell who administers the portal that the last good backup is old; whether it is."""
    if not (is_old := standing.now().is_old):
        return False
    with transaction():
        _tell(old=True)
    return is_old


def forget(folder: Path, daily: int, weekly: int) -> int:
    """Delete backups but for the last of each of so many days and of so many weeks; returns how many."""
    files = sorted((path for path in folder.glob(making.PATTERN) if STAMP.fullmatch(path.name)), reverse=True)
    kept = set(_last_of(files, daily, lambda day: day.isoformat()))
    kept |= set(_last_of(files, weekly, lambda day: "{}-{}".format(*day.isocalendar()[:2])))
    gone = [path for path in files if path not in kept]
    for path in gone:
        path.unlink()
    return len(gone)


def _last_of(newest_first: Iterable[Path], number: int, span: Callable[[date], str]) -> list[Path]:
    """The newest backup of each of the newest spans."""
    found: dict[str, Path] = {}
    for path in newest_first:
        if match := STAMP.fullmatch(path.name):
            found.setdefault(span(date(*map(int, match.groups()))), path)
    return list(found.values())[:number]


def _fail(problem: Exception) -> None:
    """Write down that there is no backup, and why as far as it names no value of anybody's."""
    why = str(problem)[:300] if isinstance(problem, PortalError) else type(problem).__name__
    log.error("backup failed", extra={"why": why})
    with transaction():
        audit.record(standing.FAILED, by=None, data={"why": why})
        _tell(old=False)


def _tell(*, old: bool) -> None:
    """Tell who administers the portal, once until they have looked."""
    roles = [key for key, role in schema.current().roles.items() if ABILITY in role.may]
    holds = sa.or_(sa.false(), *(Person.roles.any(role_key=role) for role in roles))
    for person in db.session.scalars(sa.select(Person).where(Person.active, holds)).unique().all():
        notice = mail.Notice
        waits = sa.select(notice.id).where(notice.person_id == person.id, notice.link == LINK, notice.read_at.is_(None))
        if db.session.scalar(waits.limit(1)) is None:
            with force_locale(LOCALES[person.locale]):
                text = gettext("The last good backup is old.") if old else gettext("The backup of tonight failed.")
                mail.notify(person.id, text, LINK)
