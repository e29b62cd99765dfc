"""The keys that sign webhooks: one for each host, sealed at rest; a new one leaves the old valid for a day.

Signatures follow the Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`, Base64, behind
`v1,`; while two keys are valid both signatures are sent, with a blank between, and the receiver takes either.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal import audit, clock
from portal.errors import NotFound
from portal.extensions import Model, UtcDateTime, db
from portal.security import Actor, crypto
from portal.writing import insert

BYTES = 32
PREFIX = "whsec_"
PURPOSE = "webhook"
OVERLAP = timedelta(days=1)


class WebhookKey(Model):
    """One key of one host, sealed; `ends_at` is when a key ends that another has taken over from."""

    __tablename__ = "webhook_key"
    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(300))
    number: Mapped[int]
    sealed: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __table_args__ = (UniqueConstraint("host", "number"),)

    @property
    def secret(self) -> str:
        """The key as the receiver is given it; raises crypto.Unreadable."""
        return crypto.unseal(self.sealed, PURPOSE)


def valid(host: str) -> Sequence[WebhookKey]:
    """Return the keys of a host that sign now, the newest first."""
    still = sa.or_(WebhookKey.ends_at.is_(None), WebhookKey.ends_at > clock.now())
    keys = sa.select(WebhookKey).where(WebhookKey.host == host, still)
    return db.session.scalars(keys.order_by(WebhookKey.number.desc())).all()


def hosts() -> list[str]:
    """Return the hosts that have a key and those the operator allows, in the order of the alphabet."""
    allowed = current_app.config["PORTAL"].webhook_hosts.split(",")
    known = db.session.scalars(sa.select(WebhookKey.host).distinct()).all()
    return sorted({*known, *(host for host in allowed if host)})


def known(host: str) -> Sequence[WebhookKey]:
    """Return the valid keys of a host, after making the first one where there is none."""
    found = valid(host)
    if not found:
        _add(host)
        found = valid(host)
    return found


def rotate(host: str, by: Actor) -> WebhookKey:
    """Make a new key; the one before signs for another day. Raises NotFound for a host nobody allowed."""
    if host not in hosts():
        raise NotFound
    for key in valid(host):
        key.ends_at = min(key.ends_at or clock.now() + OVERLAP, clock.now() + OVERLAP)
    db.session.flush()
    _add(host)
    audit.record("webhook.key_made", by=by, data={"host": host})
    return valid(host)[0]


def show(host: str, by: Actor) -> WebhookKey:
    """Return the key that a receiver is to be given; that somebody looked is written down."""
    if host not in hosts():
        raise NotFound
    newest = known(host)[0]
    audit.record("webhook.key_shown", by=by, data={"host": host})
    return newest


def _add(host: str) -> None:
    """Add the next key; of two who add at once one does."""
    number = (db.session.scalar(sa.select(sa.func.max(WebhookKey.number)).where(WebhookKey.host == host)) or 0) + 1
    text = PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()
    sealed = crypto.seal(text, PURPOSE)
    made = insert(WebhookKey).values(host=host, number=number, sealed=sealed, made_at=clock.now(), ends_at=None)
    db.session.execute(made.on_conflict_do_nothing())


def signed(host: str, name: str, body: bytes) -> dict[str, str]:
    """Return the headers that prove from whom a message is, and when it was sent."""
    moment = str(int(clock.now().timestamp()))
    signatures = " ".join(signature(key.secret, name, moment, body) for key in known(host))
    return {"webhook-id": name, "webhook-timestamp": moment, "webhook-signature": signatures}


def signature(secret: str, name: str, moment: str, body: bytes) -> str:
    """Return one signature."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed_text = f"{name}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed_text, hashlib.sha256).digest()).decode()
