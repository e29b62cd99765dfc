"""V10: a release that adds one filterable field is published while fifty readers a second go on."""

import subprocess
import sys
import time
from collections.abc import Iterator

import sqlalchemy as sa
from ruamel.yaml import YAML

from bench.frame import Pair, measure
from bench.world import World
from portal import jobs
from portal.extensions import db, transaction
from portal.jobs import Job
from portal.schema import releases, source
from portal.security import SYSTEM

LONGEST = 0.1
"""Seconds that a reader may wait beyond the readers' median."""
BEFORE, AFTER = 2.0, 1.0
"""Seconds that the readers go on alone."""


@measure("V10", "publish beside 50 readers a second", most=1.0)
def publish(world: World) -> Iterator[Pair]:
    """The longest wait of a reader beyond the median, beside the 100 ms that it may be."""
    yield Pair("longest wait", lambda: _publish(world), lambda: LONGEST, rounds=2)


def _publish(world: World) -> float:
    number = releases.current_number()
    documents = releases.documents(number)
    tree = YAML(typ="safe").load(documents["entities/customer.yml"])
    tree["fields"][f"added_{number}"] = {"type": "text", "label": f"Added {number}", "filterable": True}
    changed = {**documents, "entities/customer.yml": source.write(tree)}
    readers = _readers(world)
    try:
        time.sleep(BEFORE)
        with transaction():
            releases.publish(changed, by=SYSTEM, note="V10", expected_release=number)
        for job_id in list(db.session.scalars(sa.select(Job.id).where(Job.state == "queued"))):  # the index
            jobs.run_now(job_id)
        time.sleep(AFTER)
        told, _errors = readers.communicate()
    finally:
        readers.kill()
        readers.wait()
    waits = sorted(float(line) for line in told.split())
    if len(waits) < BEFORE * 20:
        raise RuntimeError(f"only {len(waits)} readers came through")
    return max(waits[-1] - waits[len(waits) // 2], 1e-6)


def _readers(world: World) -> "subprocess.Popen[str]":
    url, redis = db.engine.url.render_as_string(hide_password=False), world.app.config["PORTAL"].redis_url
    given = [url, str(world.folder), redis, str(world.seller.id)]
    pipe = subprocess.PIPE
    found = subprocess.Popen([sys.executable, "-m", "bench.readers", *given], stdin=pipe, stdout=pipe, text=True)
    assert found.stdout is not None
    found.stdout.readline()
    db.session.rollback()
    return found
