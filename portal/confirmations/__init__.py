"""Confirmations: a customer sees the own details behind a signed link, says they are right, or proposes others."""

from portal.confirmations import answering, asking, deciding
from portal.confirmations.asking import POST
from portal.confirmations.models import Confirmation
from portal.confirmations.step import Confirm

__all__ = ["POST", "Confirm", "Confirmation", "answering", "asking", "deciding"]
