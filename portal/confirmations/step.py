"""The workflow step that asks the customer to confirm the own details."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal import schema
from portal.confirmations import asking
from portal.errors import Invalid
from portal.records import Record
from portal.rules.actions import Action, Moment, StepFailed
from portal.security import SYSTEM


class Confirm(Action):
    """Send the letter with the link; where one was sent a short while ago, that one will do."""

    key = "confirm"
    label = _l("Ask to confirm")
    icon = "mail-fast"

    def act(self, body: Any, moment: Moment) -> dict[str, Any]:
        noun = schema.current().confirmations.get(body.confirmation)
        if noun is None or not moment.record[noun.to]:
            raise StepFailed("no_address")
        try:
            return {"confirmation": asking.ask(moment.record, by=SYSTEM).id}
        except Invalid:
            return {"confirmation": None}

    def sentence(self, body: Any) -> str:
        return gettext("Ask the customer to confirm the details on record")

    def report(self, result: Mapping[str, Any], record: Record) -> str:
        if result.get("confirmation") is None:
            return gettext("The customer was asked a short while ago; the link still works.")
        return gettext("Handed to the mail queue")
