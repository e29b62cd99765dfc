"""The parts every room shares: database, transactions, Redis, forms, languages, log-in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from htmx_flask import Htmx
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, registry

from portal import sqlite

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""Every whole number of a system table, for ids may pass two thousand million; SQLite numbers rows by INTEGER only."""


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC in and out on both engines; a naive value is refused with ValueError."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must be aware; use clock.now()")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all system tables share."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMES),
        type_annotation_map={int: BIG, datetime: UtcDateTime, dict[str, Any]: sa.JSON, list[Any]: sa.JSON},
    )


db = SQLAlchemy(model_class=Base)
if TYPE_CHECKING:

    class Model(Base):
        """The typed base of models; at run time it is db.Model."""

        __abstract__ = True
else:
    Model = db.Model

babel = Babel()
csrf = CSRFProtect()
htmx = Htmx()
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)
"""Counts per process, so that pages for guests answer while Redis is away."""
login_manager = LoginManager()
login_manager.session_protection = None


@contextmanager
def transaction() -> Iterator[None]:
    """Commit on return, roll back on raise; the inner of two joins the outer. SQLite takes its write lock at once."""
    session: Session = db.session()
    if session.info.get("in_transaction"):
        yield
        return
    session.info["in_transaction"] = True
    try:
        sqlite.begin_writing(session)
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("in_transaction", None)


def after_commit(callback: Callable[[], object]) -> None:
    """Call `callback` once the present transaction has committed; a rollback drops it."""
    db.session().info.setdefault("after_commit", []).append(callback)


def before_commit(name: str, callback: Callable[[], None]) -> None:
    """Call `callback` as the last act of the present transaction, once for each name."""
    db.session().info.setdefault("before_commit", {})[name] = callback


def redis_client() -> "Redis":
    """The app's Redis connection pool; commands raise redis.RedisError when the server is away."""
    client = current_app.extensions.get("redis")
    if client is None:
        if not (url := current_app.config["PORTAL"].redis_url):
            raise RedisConnectionError("REDIS_URL is not set")
        # One quick try: a page must not wait for a Redis that is away, the sweeper mends what was missed.
        client = Redis.from_url(
            url,
            socket_connect_timeout=1.0,
            socket_timeout=5.0,
            retry=Retry(NoBackoff(), 1),
        )
        current_app.extensions["redis"] = client
    return client


@sa.event.listens_for(db.session, "before_commit")
def _run_last_acts(session: Session) -> None:
    while not session.in_nested_transaction() and (acts := session.info.pop("before_commit", None)):
        for act in acts.values():
            act()


@sa.event.listens_for(db.session, "after_commit")
def _mark_committed(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info["committed"] = session.info.pop("after_commit", [])


@sa.event.listens_for(db.session, "after_transaction_end")
def _run_afterwards(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is not None:
        return
    session.info.pop("after_commit", None)
    session.info.pop("before_commit", None)
    for callback in session.info.pop("committed", []):
        try:
            callback()
        except Exception:
            current_app.logger.exception("after-commit callback failed")
