"""Where a form with a one-time key led: the same form sent again does nothing twice and leads there too.

A double click, a reload, or a browser that sends again because no answer came: the key is taken in
the transaction of the deed, so that it holds exactly where the deed does. Only the very same content
counts as the same form; a key that comes with other words is a new deed.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import make_response, redirect, request
from flask_login import current_user
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.wrappers import Response

from portal import clock
from portal.extensions import Model, UtcDateTime, db
from portal.writing import insert

FIELD = "_once"
KEY = re.compile(r"[\w-]{16,64}", re.ASCII)
APART = frozenset({"csrf_token"})  # says nothing of the deed, and a new one may come with the page that tries again
AGAIN = "portal.sent_again"
"""In the environment of a request: whether it was answered from a receipt."""


class Receipt(Model):
    """One form that was taken; `mark` is a hash of who sent what with which key."""

    __tablename__ = "receipt"
    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(sa.String(64), unique=True)
    location: Mapped[str] = mapped_column(sa.Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


def key() -> str:
    """What the form of this page sends as its one-time key: the one it came with, else a new one."""
    sent = request.form.get(FIELD, "")
    return sent if KEY.fullmatch(sent) else secrets.token_urlsafe(18)


def once(act: Callable[[], Any]) -> Any:
    """Do what the request asks, or lead where the same request led before; only what leads on is remembered."""
    if not KEY.fullmatch(request.form.get(FIELD, "")):
        return act()
    mark = _mark()
    if not _take(mark):
        request.environ[AGAIN] = True
        return redirect(db.session.execute(sa.select(Receipt.location).where(Receipt.mark == mark)).scalar_one(), 303)
    answer = make_response(act())
    _remember(mark, answer)
    return answer


def over(since: datetime) -> sa.ColumnElement[bool]:
    """Receipts of forms that nobody sends again."""
    return Receipt.at < since


def _take(mark: str) -> bool:
    """Whether this is the first; PostgreSQL waits here for another one that is still at it."""
    made = insert(Receipt).values(mark=mark, location="", at=clock.now()).on_conflict_do_nothing()
    result: Any = db.session.execute(made.execution_options(preserve_rowcount=True))
    return bool(result.rowcount)


def _remember(mark: str, answer: Response) -> None:
    """Keep where it led; a form that was not taken (errors, a conflict) may be sent again as it is."""
    if answer.status_code == 303 and answer.location:
        db.session.execute(sa.update(Receipt).where(Receipt.mark == mark).values(location=answer.location))
    else:
        db.session.execute(sa.delete(Receipt).where(Receipt.mark == mark))


def _mark() -> str:
    sent = sorted((name, value) for name, value in request.form.items(multi=True) if name not in APART)
    files = sorted((name, file.filename or "", file.content_length) for name, file in request.files.items(multi=True))
    told = repr((current_user.get_id(), request.full_path, sent, files))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
