"""Send a campaign: claim, fill in, commit, offer, record; from any point where it stopped."""

import smtplib
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import current_app

from portal import clock, jobs, mail
from portal.campaigns import audience, lifecycle
from portal.campaigns.claims import Claim, Ledger, Outcome, claim, recover, release
from portal.campaigns.content import Content, compile_content
from portal.campaigns.models import Campaign, CampaignState, DeliveryState
from portal.campaigns.posting import ConnectionLost, Offer
from portal.campaigns.tracking import Signatures, signatures
from portal.extensions import db, transaction
from portal.mail import MergeError, Skeleton
from portal.schema import Entity
from portal.security import Person

RECONNECTS = 3
"""Connections lost in a row before the sending rests until the deferred mail is due again."""


def send(work: jobs.Work) -> dict[str, int]:
    """Job `campaigns.send`: send what is due of one campaign; gives the number of deliveries by state."""
    campaign_id = int(work.arguments["campaign"])
    with transaction():
        lifecycle.begin(campaign_id)
    holder = work.lease or str(work.job_id)
    recover(campaign_id, holder)
    if _state(campaign_id) == CampaignState.SENDING:
        mailing = Mailing.of(campaign_id, holder)
        mailing.run(work)
    with transaction():
        return lifecycle.conclude(campaign_id)


def _state(campaign_id: int) -> str:
    return db.session.execute(sa.select(Campaign.state).where(Campaign.id == campaign_id)).scalar_one()


class Unsendable(Exception):
    """There is no message for this recipient; the text says why."""


@dataclass
class Mailing:
    """One campaign in the hands of one attempt."""

    campaign_id: int
    per_minute: int | None
    entity: Entity
    person_id: int
    holder: str
    content: Content
    skeleton: Skeleton
    signatures: Signatures
    domain: str
    smtp: smtplib.SMTP | None = None
    is_server_away: bool = False
    connections: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def of(cls, campaign_id: int, holder: str) -> "Mailing":
        """Prepare everything that all messages share."""
        campaign = db.session.get_one(Campaign, campaign_id)
        sender = current_app.config["PORTAL"].smtp_from
        return cls(
            campaign_id=campaign_id,
            per_minute=campaign.per_minute,
            entity=audience.segment_of(campaign)[0],
            person_id=db.session.get_one(Person, campaign.owner_id).id,
            holder=holder,
            content=compile_content(campaign.subject, campaign.body, sender=campaign.sender_name),
            skeleton=Skeleton(sender, campaign.sender_name, campaign.reply_to, {"Precedence": "bulk"}),
            signatures=signatures(),
            domain=sender.rpartition("@")[2],
        )

    def run(self, work: jobs.Work) -> None:
        """Send batch after batch until nothing is due or the campaign is paused or cancelled."""
        campaign_id, pause = self.campaign_id, 60 / self.per_minute if self.per_minute else 0.0
        done, total = lifecycle.progress(campaign_id)
        with self.connections, Ledger(self.holder) as ledger:
            while batch := claim(campaign_id, self.holder):
                for letter in self._letters(batch):
                    if self.is_server_away:
                        break
                    self._send(letter, ledger)
                    if pause:
                        time.sleep(pause)
                ledger.settle()
                done += len(batch)
                work.advance(min(done, total), total)
                if self.is_server_away or _state(campaign_id) != CampaignState.SENDING:
                    release(campaign_id, self.holder)
                    return

    def _letters(self, batch: list[Claim]) -> list["Letter"]:
        person = db.session.get_one(Person, self.person_id)
        ids = [claim.record_id for claim in batch]
        values = audience.values_of(self.entity, ids, self.content.names, person)
        return [Letter(claim, values.get(claim.record_id)) for claim in batch]

    def _send(self, letter: "Letter", ledger: Ledger) -> None:
        try:
            outcome = self._post(letter.claim, self._message_of(letter), ledger)
        except Unsendable as reason:
            outcome = Outcome(DeliveryState.SKIPPED, str(reason)) if ledger.begin(letter.claim) else None
        if outcome is not None:
            ledger.end(letter.claim, outcome)

    def _message_of(self, letter: "Letter") -> bytes:
        if letter.values is None:
            raise Unsendable("record_gone")
        try:
            return self.message(letter.claim, letter.values)
        except (MergeError, Skeleton.refusal) as error:
            raise Unsendable(f"content: {error}") from error

    def _post(self, claim: Claim, message: bytes, ledger: Ledger) -> Outcome | None:
        """Offer the message and commit `sending` before its text; None when another attempt holds the claim."""
        reason, begun = "", False
        for _ in range(RECONNECTS):
            try:
                offer = Offer(self._connection(), self.skeleton.sender, claim.address)
                begun = begun or ledger.begin(claim)
                if begun:
                    return offer.deliver(message)
                offer.withdraw()
                return None
            except (ConnectionLost, mail.Temporary) as error:
                self.smtp = None
                reason = str(error)
        self.is_server_away = True
        begun = begun or ledger.begin(claim)
        return Outcome(DeliveryState.DEFERRED, f"no connection: {reason}") if begun else None

    def _connection(self) -> smtplib.SMTP:
        if self.smtp is None:
            self.connections.close()
            self.smtp = self.connections.enter_context(mail.connect())
        return self.smtp

    def message(self, claim: Claim, values: Mapping[str, Any]) -> bytes:
        """The finished message of one recipient; its Message-ID is the same whenever it is made."""
        own = self.signatures.addresses(claim.id)
        texts = self.content.fill(values, own)
        return self.skeleton.fill(
            Skeleton.envelope(
                to=claim.address,
                subject=texts.subject,
                text=texts.text,
                html=texts.html,
                date=clock.now(),
                message_id=f"c{self.campaign_id}.r{claim.record_id}@{self.domain}",
                unsubscribe=own["unsubscribe"],
            )
        )


@dataclass(frozen=True)
class Letter:
    """A claim with the values its mail is filled with; None when the record is gone."""

    claim: Claim
    values: dict[str, Any] | None
