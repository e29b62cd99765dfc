"""`GET /health`: is everything there that the portal needs."""

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, jsonify
from redis import RedisError

from portal.backups import standing
from portal.extensions import db, redis_client
from portal.jobs import presence
from portal.security import policy

bp = Blueprint("health", __name__)


@bp.get("/health")
@policy.public
def show() -> Any:
    """JSON; status 503 when the database is away (without Redis the pages still answer)."""
    database = _database()
    state: dict[str, Any] = {"database": database, "redis": _redis(), "workers": 0, "scheduler": 0, "release": None}
    if database == "ok":
        state["workers"], state["scheduler"] = presence.living("worker"), presence.living("scheduler")
        state["release"] = _release()
        state["backup"] = standing.now().brief()
    whole = database == state["redis"] == "ok" and state["workers"] and state["scheduler"]
    state["status"] = "ok" if whole else "degraded" if database == "ok" else "down"
    return jsonify(state), 200 if database == "ok" else 503


def _database() -> str:
    try:
        db.session.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        return "away"
    return "ok"


def _redis() -> str:
    try:
        redis_client().ping()
    except (RedisError, OSError):
        return "away"
    return "ok"


def _release() -> int | None:
    from portal.schema import releases

    return releases.current_number()
