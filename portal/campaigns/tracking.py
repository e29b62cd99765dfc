"""Opens, clicks and the way out: signed addresses in each mail, and what they record."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import sqlalchemy as sa
from flask import current_app
from itsdangerous import BadSignature, Signer

from portal import audit, clock, rules, schema
from portal.campaigns.models import Campaign, Delivery, Suppression, Touch
from portal.errors import NotFound
from portal.extensions import db
from portal.writing import insert

BOT_MARKS = ("bot", "crawl", "spider", "preview", "scan", "proxy", "barracuda", "mimecast", "proofpoint", "safelinks")
"""Words in a user agent that tell a machine fetched the mail's links, not a person."""
HASTE_SECONDS = 2
"""A click this soon after the sending is a mail scanner's."""


@dataclass(frozen=True)
class Signatures:
    """Makes and reads the token that stands for one delivery in public addresses."""

    secret: str
    base_url: str

    @cached_property
    def _signer(self) -> Signer:
        return Signer(self.secret, salt="campaigns.delivery", digest_method=sha256)

    def token(self, delivery_id: int) -> str:
        """Give the token of a delivery; nobody can guess another's."""
        return self._signer.sign(str(delivery_id)).decode("ascii")

    def read(self, token: str) -> int:
        """Give the delivery's id; raises NotFound for a token that is not ours."""
        try:
            return int(self._signer.unsign(token))
        except (BadSignature, ValueError) as error:
            raise NotFound from error

    def addresses(self, delivery_id: int) -> dict[str, str]:
        """The mail's own addresses: `click` (a number follows), `pixel`, `unsubscribe`."""
        token = self.token(delivery_id)
        return {
            "click": f"{self.base_url}/t/c/{token}",
            "pixel": f"{self.base_url}/t/o/{token}.gif",
            "unsubscribe": f"{self.base_url}/u/{token}",
        }


def signatures() -> Signatures:
    """The signatures of this installation."""
    return Signatures(current_app.config["SECRET_KEY"], current_app.config["PORTAL"].base_url)


def record_open(token: str, agent: str) -> None:
    """Count an open; a bot's is kept apart."""
    _touch(signatures().read(token), "open", agent)


def record_click(token: str, number: int, agent: str) -> str:
    """Count a click and give the target, which only ever comes from the campaign's frozen list.

    Raises NotFound for a foreign token or an unknown number.
    """
    delivery = _touch(signatures().read(token), "click", agent, number)
    links = db.session.execute(sa.select(Campaign.links).where(Campaign.id == delivery.campaign_id)).scalar_one()
    if not 0 <= number < len(links):
        raise NotFound
    return str(links[number])


def _touch(delivery_id: int, kind: str, agent: str, link: int | None = None) -> Delivery:
    delivery = db.session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound
    now = clock.now()
    in_haste = (
        kind == "click" and delivery.sent_at is not None and (now - delivery.sent_at).total_seconds() < HASTE_SECONDS
    )
    is_bot = in_haste or not agent or any(mark in agent.lower() for mark in BOT_MARKS)
    db.session.add(Touch(delivery_id=delivery.id, kind=kind, link=link, is_bot=is_bot, at=now))
    if not is_bot:
        _count(delivery_id, kind)
        _tell_scores(delivery, kind)
    return delivery


def _tell_scores(delivery: Delivery, kind: str) -> None:
    """Let the scores of the record hear that its mail was read."""
    segment = db.session.scalar(sa.select(Campaign.segment).where(Campaign.id == delivery.campaign_id))
    noun = schema.current().segments.get(segment or "")
    if noun is not None:
        rules.scoring.note(noun.on, delivery.record_id, "mail_opened" if kind == "open" else "mail_clicked")


def _count(delivery_id: int, kind: str) -> None:
    # A click without a loaded picture is an open too; counters rise in SQL so that none is lost.
    values: dict[str, object] = {"opened_at": sa.func.coalesce(Delivery.opened_at, clock.now())}
    if kind == "open":
        values["opens"] = Delivery.opens + 1
    else:
        values |= {"clicks": Delivery.clicks + 1, "clicked_at": sa.func.coalesce(Delivery.clicked_at, clock.now())}
        values["opens"] = sa.case((Delivery.opens == 0, 1), else_=Delivery.opens)
    db.session.execute(sa.update(Delivery).where(Delivery.id == delivery_id).values(values))


def address_of(token: str) -> str:
    """The address a token was sent to; raises NotFound."""
    delivery = db.session.get(Delivery, signatures().read(token))
    if delivery is None:
        raise NotFound
    return delivery.address


def unsubscribe(token: str, *, by: audit.Actor) -> str:
    """Suppress the address behind a token and give it back; twice is the same as once."""
    address = address_of(token)
    suppress(address, "unsubscribed")
    audit.record("campaign.unsubscribed", by=by, data={"delivery": signatures().read(token)})
    return address


def suppress(address: str, reason: str, within: "sa.Connection | None" = None) -> None:
    """Keep an address out of every campaign from now on; in the session's transaction or the one given."""
    execute = within.execute if within is not None else db.session.execute
    key = address.strip().lower()
    if key:  # a bounce and the person's own word may come at the same moment
        execute(insert(Suppression).values(address=key, reason=reason, at=clock.now()).on_conflict_do_nothing())


def is_suppressed(addresses: list[str]) -> set[str]:
    """Which of `addresses` (any case) are suppressed, in lower case."""
    keys = {address.lower() for address in addresses}
    found = db.session.execute(sa.select(Suppression.address).where(Suppression.address.in_(keys))).scalars()
    return set(found)
