"""`portal worker` and `portal scheduler`: the processes beside the web server."""

import signal
import threading
from typing import Any

import click

from portal import create_app, logs
from portal.jobs import scheduler as clockwork
from portal.jobs import worker as workshop


@click.command()
@click.option("--burst", is_flag=True, help="Stop when no job is left.")
def worker(burst: bool) -> None:
    """Do background work until told to stop."""
    logs.configure()
    workshop.work(create_app(), burst=burst)


@click.command()
def scheduler() -> None:
    """Ask for what is due by the clock; any number of these may run."""
    logs.configure()
    stop = threading.Event()

    def end(number: int, frame: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    clockwork.serve(create_app(), stop)
