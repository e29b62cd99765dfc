"""Confirmations: a customer sees the own details behind a signed link, says they are right, or proposes others."""

from portal.confirmations import answering, asking, deciding, links
from portal.confirmations.models import Confirmation
from portal.confirmations.step import Confirm

__all__ = ["Confirm", "Confirmation", "answering", "asking", "deciding", "links"]
