"""`python -m bench.readers ENGINE_URL FOLDER REDIS PERSON`: fifty first pages of customers a second, until input ends.

A reader's wait counts from the moment it was due, so that one who had to queue behind another is not left out.
Prints the waits in seconds, a line each.
"""

import sys
import threading
import time

from portal import collector, create_app, records
from portal.extensions import db
from portal.security import Person
from portal.settings import Settings

A_SECOND, READERS = 50, 5
WARM_UP = 20
"""Reads before the first that counts: a process that has just begun compiles its statements."""
LATEST = 120.0
"""Seconds after which the readers stop by themselves."""


def main(url: str, folder: str, redis: str, person_id: int) -> None:
    """Read until standard input ends."""
    given = {"PORTAL_MODE": "test", "PORTAL_INSTANCE": folder, "PORTAL_DATABASE_URL": url, "REDIS_URL": redis}
    app, ended, waits = create_app(Settings.from_environment(given)), threading.Event(), list[float]()
    collector.set_aside()

    def read() -> None:
        with app.app_context():
            records.search("customer", db.session.get_one(Person, person_id))
            db.session.remove()

    def go_on(first: float) -> None:
        due = first
        while not ended.is_set() and due < first + LATEST:
            time.sleep(max(0.0, due - time.perf_counter()))
            read()
            waits.append(time.perf_counter() - due)
            due += READERS / A_SECOND

    for _ in range(WARM_UP):
        read()
    start = time.perf_counter() + 0.1
    threads = [threading.Thread(target=go_on, args=(start + number / A_SECOND,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.read()
    ended.set()
    for thread in threads:
        thread.join()
    print(*waits, sep="\n", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]))
