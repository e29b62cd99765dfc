"""`python -m bench.worker ENGINE_URL FOLDER REDIS PERSON COUNT`: one web worker that answers mixed requests.

Prints the seconds from the first import to the first page, and the megabytes it holds after the last.
"""

import time

BEGUN = time.perf_counter()

import re  # noqa: E402
import sys  # noqa: E402
from itertools import cycle, islice  # noqa: E402
from pathlib import Path  # noqa: E402

from portal import collector, create_app  # noqa: E402
from portal.extensions import db  # noqa: E402
from portal.security import Person, sessions  # noqa: E402
from portal.settings import Settings  # noqa: E402

PAGES = (
    "/",
    "/customers",
    "/customers?f.wish=in:high&sort=-score",
    "/customers/1",
    "/customers/new",
    "/search?q=科技",
    "/orders",
    "/tickets",
    "/tasks",
    "/inbox",
)


def main(url: str, folder: str, redis: str, person_id: int, count: int) -> None:
    """Answer so many requests in turn; raises RuntimeError where one fails."""
    given = {"PORTAL_MODE": "test", "PORTAL_INSTANCE": folder, "PORTAL_DATABASE_URL": url, "REDIS_URL": redis}
    app = create_app(Settings.from_environment(given))
    collector.set_aside()
    with app.app_context():
        token = sessions.open_session(db.session.get_one(Person, person_id))
        db.session.commit()
        db.session.remove()
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"], session["sign_in"] = str(person_id), True, token
    begun = None
    for address in islice(cycle(PAGES), count):
        answer = client.get(address)
        if answer.status_code >= 400 and answer.status_code != 404:
            raise RuntimeError(f"{address}: {answer.status}")
        begun = begun or time.perf_counter() - BEGUN
    print(begun, _held())


def _held() -> float:
    """The resident memory of this process in megabytes, as Linux tells it."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:6]))
