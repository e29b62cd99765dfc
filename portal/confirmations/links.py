"""The link in the letter: signed, for one record and one purpose, until a day, and for one answer."""

from hashlib import sha256

from flask import current_app
from itsdangerous import BadSignature, Signer

from portal import clock, schema
from portal.confirmations.models import OPEN, Confirmation
from portal.errors import NotFound, PortalError
from portal.extensions import db
from portal.records import Record, fetch
from portal.security import SYSTEM


class Closed(PortalError):
    """The link was ours and works no more; `reason` is used, ended or withdrawn."""

    status = 410

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


def _signer() -> Signer:
    return Signer(current_app.config["SECRET_KEY"], salt="confirmations.link", digest_method=sha256)


def token(one: Confirmation) -> str:
    """What stands for the link in its address; nobody can guess another's."""
    return _signer().sign(f"{one.id}-{one.nonce}").decode("ascii")


def address(one: Confirmation) -> str:
    """The whole address, for the letter."""
    return f"{current_app.config['PORTAL'].base_url}/c/{token(one)}"


def opened(text: str, *, lock: bool = False) -> tuple[Confirmation, object, Record]:
    """The confirmation behind a link, its document and record; raises NotFound for a forged one, or Closed."""
    try:
        id_, _dash, nonce = _signer().unsign(text).decode("ascii").partition("-")
    except (BadSignature, UnicodeError) as error:
        raise NotFound from error
    one = db.session.get(Confirmation, int(id_), with_for_update=lock or None, populate_existing=lock)
    if one is None or one.nonce != nonce:
        raise NotFound
    noun = schema.current().confirmations.get(one.document)
    if one.state not in OPEN:
        raise Closed("withdrawn" if one.state == "replaced" else "used")
    if one.ends_at <= clock.now():
        raise Closed("ended")
    if noun is None:
        raise Closed("withdrawn")
    try:
        record = fetch(one.entity, one.record_id, SYSTEM)
    except NotFound:
        raise Closed("withdrawn") from None
    # Whoever reads the mail of an address that is no longer the customer's has no business here.
    if record.is_archived or str(record[noun.to] or "").casefold() != one.address.casefold():
        raise Closed("withdrawn")
    return one, noun, record
