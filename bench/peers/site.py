"""One side while it runs: its processes, and what a person does with it."""

import csv
import io
import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.customers import customers
from bench.peers.browser import Answer

COLUMNS = ("name", "phone", "email", "city", "industry")
"""What both sides know of a customer."""
PATIENCE = 1800


def _nothing() -> None:
    """Most deeds need no preparation."""


@dataclass(frozen=True)
class Deed:
    """Something a person does; what is prepared for each time, such as an open form, is not measured."""

    run: Callable[[Any], object]
    prepare: Callable[[], Any] = _nothing


@dataclass(frozen=True)
class Site:
    """All serving processes, the gunicorn among them, and the deeds by name."""

    roots: Sequence[int]
    web: int
    deeds: dict[str, Deed]


def page(ask: Callable[[str], Answer], address: str, needle: str, times: int = 1) -> Deed:
    """Open a page; raises RuntimeError unless it shows as many of something, so that nobody wins by showing nothing."""
    bytes_ = needle.encode()

    def run(_given: object) -> None:
        found = ask(address).body.count(bytes_)
        if found < times:
            raise RuntimeError(f"{address}: {found} of {needle}, not {times}")

    return Deed(run)


def pages(ask: Callable[[str], Answer], addresses: Sequence[str]) -> Deed:
    """Open one of these pages after the other."""
    turn = itertools.cycle(addresses)
    return Deed(lambda _given: ask(next(turn)))


def new_ones() -> Iterator[dict[str, str]]:
    """Customers that nobody has yet, without end."""
    rng, numbers = random.Random(7), itertools.count(1)
    for number in numbers:
        digits = f"139{rng.randrange(10**8):08d}"
        told = {"phone": f"+86{digits}", "email": f"n{number}@example.com", "city": "杭州"}
        yield {"name": f"新客户{number}有限公司", **told}


def sheet(rows: int, turn: int) -> bytes:
    """A file to import that differs from turn to turn."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for number, row in enumerate(customers(rows, [0], seed=1000 + turn)):
        name = f"{row['name'][:-4]}{turn}之{number}有限公司"
        writer.writerow([name, *(row[key] for key in COLUMNS[1:])])
    return out.getvalue().encode()


def until(is_over: Callable[[], bool]) -> None:
    """Ask again and again, ever more seldom, so that asking costs little of what is waited for; raises TimeoutError."""
    begun = time.monotonic()
    while not is_over():
        passed = time.monotonic() - begun
        if passed > PATIENCE:
            raise TimeoutError("it is never over")
        time.sleep(min(1.0, max(0.05, passed / 20)))


def new_tickets() -> Iterator[dict[str, str]]:
    """Tickets that nobody has yet, without end."""
    for number in itertools.count(1):
        yield {"subject": f"新工单{number}：发票抬头有误", "description": f"请重开第{number}张发票，抬头写错了。"}
