"""What happened, told in the transaction it happened in, and heard by whom `wiring` names."""

from portal.events.deliver import deliver, undelivered
from portal.events.listeners import on, on_pending
from portal.events.model import Event
from portal.events.tell import tell, tell_many

__all__ = ["Event", "deliver", "on", "on_pending", "tell", "tell_many", "undelivered"]
