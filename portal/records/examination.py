"""What becomes of a new file before anybody opens it: the scanner looks at it, a small picture is drawn of it."""

import io
from contextlib import closing

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale, gettext

from portal import audit, jobs, mail, storage
from portal.extensions import after_commit, db, transaction
from portal.records import files, picture
from portal.records.stored_file import CLEAN, INFECTED, UNSEEN, WAITING, StoredFile
from portal.security import SYSTEM, Person
from portal.storage import scanning
from portal.translations import LOCALES

JOB = "files.examine"


def ask(row: StoredFile) -> None:
    """Have a new file examined by a job, as far as there is anything to do; until then a scanner holds it."""
    if scanning.is_set(current_app.config["PORTAL"]):
        row.state = WAITING
    if row.state == WAITING or row.content_type in picture.KINDS:
        jobs.enqueue(JOB, {"file": row.id}, unique_key=f"{JOB}:{row.id}")


def examine(work: jobs.Work) -> str:
    """Examine one file, as a job; tried again as long as the scanner does not answer."""
    file_id = int(work.arguments["file"])
    row = db.session.get(StoredFile, file_id)
    if row is not None and row.state == WAITING:
        _scan(row)
        row = db.session.get(StoredFile, file_id)
    if row is None:
        return "gone"
    if row.state in (UNSEEN, CLEAN) and row.content_type in picture.KINDS and row.thumbnail is None:
        _draw(row)
    return row.state


def ask_again() -> int:
    """Ask for every file that still waits for the scanner, whose job may have given up; returns how many."""
    waiting = db.session.scalars(sa.select(StoredFile).where(StoredFile.state == WAITING).limit(1000)).all()
    for row in waiting:
        jobs.enqueue(JOB, {"file": row.id}, unique_key=f"{JOB}:{row.id}")
    return len(waiting)


def _scan(row: StoredFile) -> None:
    settings, file_id, found = current_app.config["PORTAL"], row.id, ""
    store, digest = storage.store_of(row.store), row.sha256
    db.session.rollback()  # no snapshot is held while the scanner looks
    if scanning.is_set(settings):
        with closing(store.open(digest)) as stream:
            found = scanning.look(settings, stream)
    with transaction():
        row = db.session.get_one(StoredFile, file_id, with_for_update=True, populate_existing=True)
        row.state, row.finding = (INFECTED, found) if found else (CLEAN, "")
        if found:
            _refuse(row)


def _refuse(row: StoredFile) -> None:
    """Tell who brought it, and let go of the bytes, which nobody is ever to get."""
    person = db.session.get(Person, row.created_by_id) if row.created_by_id else None
    told = {"file": row.id, "name": row.name, "sha256": row.sha256, "found": row.finding}
    audit.record("file.refused", by=SYSTEM, entity=row.entity, record_id=row.record_id, data=told)
    if person is not None:
        with force_locale(LOCALES[person.locale]):
            text = gettext(
                "“%(name)s” was refused: a virus was found in it (%(found)s).", name=row.name, found=row.finding
            )
            mail.notify(person.id, text)
    db.session.flush()
    same = sa.select(StoredFile.id).where(StoredFile.sha256 == row.sha256, StoredFile.state != INFECTED)
    if db.session.scalar(same.limit(1)) is None:
        store, digest = storage.store_of(row.store), row.sha256
        after_commit(lambda: store.delete(digest))


def _draw(row: StoredFile) -> None:
    file_id, store = row.id, row.store
    with files.local(row) as path:
        db.session.rollback()
        made = picture.small(path)
    if made is None:
        return
    digest = files.put(io.BytesIO(made), storage.store_of(store))
    with transaction():
        mine = sa.and_(StoredFile.id == file_id, StoredFile.store == store)
        db.session.execute(sa.update(StoredFile).where(mine).values(thumbnail=digest))
