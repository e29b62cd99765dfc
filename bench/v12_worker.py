"""V12: how soon a web worker answers, and how much it holds after thousands of mixed requests."""

import os
import subprocess
import sys
from collections.abc import Iterator

from bench.frame import Pair, measure
from bench.world import World
from portal.extensions import db

SECONDS, MEGABYTES = 2.5, 180.0
FULL, FEW = 10_000, 1_000
"""Requests: all of them with BENCH_FULL=1."""


@measure("V12", "web worker", most=1.0, largest=10_000)
def worker(world: World) -> Iterator[Pair]:
    """A process of its own, beside the bounds: start with the first page, then what it holds."""
    count = FULL if os.environ.get("BENCH_FULL") == "1" else FEW
    db.session.rollback()
    url, redis = db.engine.url.render_as_string(hide_password=False), world.app.config["PORTAL"].redis_url
    starts = [_worker(url, str(world.folder), redis, world.seller.id, 1)[0] for _ in range(3)]
    _start, held = _worker(url, str(world.folder), redis, world.seller.id, count)
    yield Pair("start and first page", lambda: sorted(starts)[1], lambda: SECONDS, rounds=1)
    yield Pair(f"memory after {count:,} requests", lambda: held, lambda: MEGABYTES, rounds=1, unit="MB")


def _worker(url: str, folder: str, redis: str, person_id: int, count: int) -> tuple[float, float]:
    """Seconds to the first answer and megabytes held in the end."""
    command = [sys.executable, "-m", "bench.worker", url, folder, redis, str(person_id), str(count)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), float(told[1])
