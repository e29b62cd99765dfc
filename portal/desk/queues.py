"""The piles an agent works from; each is a condition, so its count and its list can never differ."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from portal import records, schema
from portal.records import selection
from portal.schema import conditions
from portal.security import Person

OPEN = ["new", "open", "waiting"]


@dataclass(frozen=True)
class Queue:
    """A pile of tickets with its condition in the grammar of the schema."""

    key: str
    label: Any
    icon: str
    node: dict[str, Any]

    @property
    def condition(self) -> conditions.Condition:
        """The condition on tickets."""
        return conditions.parse(self.node, schema.current().entities["ticket"])

    def count(self, person: Person) -> int:
        """How many tickets of it the person may see, at most a thousand and one."""
        return selection.count("ticket", selection.where("ticket", person, self.condition))

    def page(self, person: Person, *, after: int | None = None, before: int | None = None) -> Any:
        """A page of it, the longest waiting first."""
        return records.search(
            "ticket", person, condition=self.condition, sort=("-priority", "created_at"), after=after, before=before
        )


QUEUES: tuple[Queue, ...] = (
    Queue("mine", _l("Mine"), "user", {"state": {"in": ["new", "open"]}, "owner": {"is_me": True}}),
    Queue("unassigned", _l("Unassigned"), "inbox", {"state": {"in": OPEN}, "owner": {"empty": True}}),
    Queue("open", _l("All open"), "headset", {"state": {"in": ["new", "open"]}}),
    Queue("waiting", _l("Waiting for the customer"), "clock", {"state": "waiting"}),
    Queue("ended", _l("Solved and closed"), "circle-check", {"state": {"in": ["solved", "closed"]}}),
)


def named(key: str) -> Queue:
    """The queue of a key, or the first one."""
    return next((queue for queue in QUEUES if queue.key == key), QUEUES[0])
