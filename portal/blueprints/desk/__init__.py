"""The desk: queues, and one ticket with its conversation."""

from portal.blueprints.desk import messages, pages, states
from portal.blueprints.desk.blueprint import bp

__all__ = ["bp", "messages", "pages", "states"]
