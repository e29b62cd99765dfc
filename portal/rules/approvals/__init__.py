"""Approvals: people decide, level after level, and a workflow goes on by what they decided."""

from portal.rules.approvals import account, decisions, listing, matters
from portal.rules.approvals.models import Approval, ApprovalSeat
from portal.rules.approvals.step import Approve

__all__ = ["Approval", "ApprovalSeat", "Approve", "account", "decisions", "listing", "matters"]
