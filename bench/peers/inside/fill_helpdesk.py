"""Runs in django-helpdesk's own environment: `python fill_helpdesk.py CSV PASSWORD` puts the tickets of a file in."""

import csv
import sys
from itertools import islice
from pathlib import Path

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from helpdesk.models import Queue, Ticket  # noqa: E402

BATCH = 5_000
STATES = {"new": Ticket.OPEN_STATUS, "open": Ticket.OPEN_STATUS, "waiting": Ticket.REOPENED_STATUS}
STATES |= {"solved": Ticket.RESOLVED_STATUS, "closed": Ticket.CLOSED_STATUS}
PRIORITIES = {"urgent": 1, "high": 2, "normal": 3, "low": 4}


def main(path: str, password: str) -> None:
    """Fill, make root, and let the engine look at what it holds; prints the first ticket's number."""
    root = User.objects.create_superuser("root", "root@example.com", password)
    queues = {
        key: Queue.objects.create(title=key, slug=key) for key in ("general", "technical", "complaints", "returns")
    }
    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        while batch := list(islice(rows, BATCH)):
            Ticket.objects.bulk_create([_ticket(row, queues, root) for row in batch])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(Ticket.objects.order_by("id").values_list("id", flat=True)[0])


def _ticket(row: dict[str, str], queues: dict[str, Queue], root: User) -> Ticket:
    told = {"title": row["subject"], "description": row["description"], "submitter_email": row["contact_email"]}
    state, priority = STATES[row["state"]], PRIORITIES[row["priority"]]
    return Ticket(**told, queue=queues[row["queue"]], status=state, priority=priority, assigned_to=root)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
