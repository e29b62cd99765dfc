"""`python -m bench.importing ENGINE_URL FOLDER REDIS JOB`: a process that runs an import as a worker's child does.

Prints the most megabytes that it held at once, and those of the process that read the file.
"""

import re
import sys
import threading
from pathlib import Path

from portal import collector, create_app, jobs, sqlite
from portal.settings import Settings

EVERY = 0.1
"""Seconds between two looks at the reader, which is gone when it has read."""


def main(url: str, folder: str, redis: str, job_id: int) -> None:
    """Run the job; raises RuntimeError where it does not end well."""
    given = {"PORTAL_MODE": "test", "PORTAL_INSTANCE": folder, "PORTAL_DATABASE_URL": url, "REDIS_URL": redis}
    app, ended, reader = create_app(Settings.from_environment(given)), threading.Event(), [0.0]
    collector.set_aside()
    sqlite.map_less()

    def look() -> None:
        children = Path(f"/proc/self/task/{threading.main_thread().native_id}/children")
        while not ended.wait(EVERY):
            reader[:] = [max(reader[0], *(_peak(child) for child in children.read_text().split() or "0"))]

    watching = threading.Thread(target=look)
    watching.start()
    try:
        with app.app_context():
            job = jobs.run_now(job_id)
            if job.state != "done":
                raise RuntimeError(job.error)
    finally:
        ended.set()
        watching.join()
    print(_peak("self"), reader[0])


def _peak(process: str) -> float:
    """The most resident megabytes of a process that reads sheets or is this one, as Linux tells it; 0 of others."""
    try:
        told = Path(f"/proc/{process}/status").read_text()
        is_ours = process == "self" or b"sheets.child" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", told) if is_ours else None
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]))
