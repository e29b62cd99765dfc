"""`coupons/<key>.yml`: codes that are worth something to a customer, how long they hold, and how many there may be."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar

from flask_babel import lazy_gettext as _l
from pydantic import Field as Key_
from pydantic import StringConstraints

from portal.fields import Text
from portal.mail import MergeError, MergeTemplate
from portal.schema.nouns.base import Duration, Key, Noun
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog
    from portal.schema.entity import Entity
    from portal.schema.nouns.message import MessageNoun

DAY = timedelta(days=1)
LONGEST = timedelta(days=3650)
CODE, UNTIL = "coupon", "coupon_until"
"""The merge fields that a coupon's message may name besides the fields of the record."""
ALSO = (CODE, UNTIL, "record")

Prefix = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,8}$")]


class CouponNoun(Noun):
    """A batch of codes for records of `on`, each `worth` the same and good for `valid` from the day it is issued.

    With a `message` the code is mailed to the address in the field `to`; its text names `{{ coupon }}` and may name
    `{{ coupon_until }}`. There are no more than `per_record` and `in_all` of them; those withdrawn do not count.
    A code reads like WIN-7QF2-M9KX-D3RT-W6HB with `prefix: WIN`.
    """

    named: ClassVar[str] = "coupon"
    coupon: Key
    label: Text
    help: Text | None = None
    on: str
    worth: Text
    valid: Duration
    prefix: Prefix | None = None
    message: str | None = None
    to: str = "email"
    per_record: Annotated[int, Key_(ge=1)] | None = None
    in_all: Annotated[int, Key_(ge=1)] | None = None

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity, the time, and that the message is one of ours and tells the code."""
        entity = catalog.entities.get(self.on)
        if entity is None:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
        if not DAY <= self.valid <= LONGEST:
            yield Fault(("valid",), _l("give 1 day to 10 years"))
        if self.message is None:
            return
        message = catalog.messages.get(self.message)
        if message is None:
            yield unknown(("message",), self.message, catalog.messages, _l("message"))
        elif entity is not None:
            yield from self._message_faults(message, entity)
        if entity is not None and self.to not in entity.fields:
            yield unknown(("to",), self.to, entity.fields, _l("field"))

    def _message_faults(self, message: "MessageNoun", entity: "Entity") -> Iterator[Fault]:
        at = ("message",)
        if message.on != self.on:
            yield Fault(at, _l("this message is about records of another kind"))
            return
        if message.purpose != "service":
            yield Fault(at, _l("this message is for marketing; a coupon is mailed by a service message"))
        try:
            names = MergeTemplate(message.subject).names | MergeTemplate(message.body).names
        except MergeError as error:
            yield Fault(at, error.message)
            return
        if CODE not in names:
            yield Fault(at, _l("this message does not tell the code: write {{ coupon }} into it"))
        known = {*entity.fields, *ALSO}
        for name in sorted({name.partition(".")[0] for name in names} - known):
            yield unknown(at, name, known, _l("merge field"))
