"""What is done at night with all customers: the search for duplicates, the quality of data and its totals.

The customers get names, telephones and mails of their own first, as a firm's are; one in fifty is there twice, written
otherwise. The time allowed is told in minutes: it is what a night has.
"""

import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bench.customers import FORMS, PLACES, TRADES
from bench.frame import Pair, measure
from bench.world import World, settle
from portal import clock, duplicates, jobs, schema
from portal.duplicates.models import DuplicatePair
from portal.extensions import db, transaction
from portal.matching import truth
from portal.records import tables
from portal.rules import quality

COMMON = [bytes([high, low]).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFA)]
"""The 3,471 everyday characters in the order of their sound (GB 2312-80, level 1)."""
AGAIN = 50  # one customer in so many is there again
BATCH = 20_000
A_DAY = 100  # one customer in so many changes in a day
AGO = timedelta(days=40)
MINUTES = {"search": 10.0, "search of a day": 1.0, "quality": 10.0, "totals": 2.0}
BOARD = 0.3
"""Seconds for the first page of the board."""


@measure("night", "at night", most=1.0)
def nightly(world: World) -> Iterator[Pair]:
    """Each once, from scratch; the board as an admin sees it then."""
    twins = _renamed(world)
    search = _timed(_search)
    print(f"{world.engine} {world.size:,}: pairs found in all customers: {_measured(twins, world.size)}", flush=True)
    noun = schema.current().quality["customer"]
    parts = {"search for duplicates": (search, MINUTES["search"])}
    _touch()
    parts["search for those of a day"] = (_timed(_search), MINUTES["search of a day"])
    parts["quality of all"] = (_timed(lambda: _appraise(noun)), MINUTES["quality"])
    parts["totals of quality"] = (_timed(quality.totals.count), MINUTES["totals"])
    for name, (seconds, minutes) in parts.items():
        yield Pair(name, lambda seconds=seconds: seconds, lambda minutes=minutes: minutes * 60, rounds=1)
    client = world.client(world.admin)
    yield Pair("board of quality", lambda: _page(client), lambda: BOARD)


def _renamed(world: World) -> dict[int, int]:
    """Give all customers values of their own; which number each twin's other has."""
    rng, table = random.Random(world.size), tables.table_of("customer")
    entity = schema.current().entities["customer"]
    columns = {key: entity.fields[key].column for key in ("name", "phone", "email", "city")}
    told: dict[str, Any] = {column: sa.bindparam(f"to_{key}") for key, column in columns.items()}
    told["updated_at"] = clock.now() - AGO
    statement = sa.update(table).where(table.c.id == sa.bindparam("which")).values(told)
    ids = list(db.session.scalars(sa.select(table.c.id).order_by(table.c.id)))
    twins: dict[int, int] = {}
    for start in range(0, len(ids), BATCH):
        written: list[dict[str, Any]] = []
        for id_ in ids[start : start + BATCH]:
            if written and rng.randrange(AGAIN) == 0:
                other = rng.choice(written)
                twins[id_] = other["which"]
                written.append({**other, "which": id_, **_slip(rng, other)})
            else:
                written.append({"which": id_, **_firm(rng)})
        with transaction():
            db.session.connection().execute(statement, written)
    settle()
    return twins


def _firm(rng: random.Random) -> dict[str, Any]:
    place, core = rng.choice(PLACES), "".join(_character(rng) for _ in range(rng.choice((2, 2, 3, 4))))
    name = f"{place}{core}{rng.choice(TRADES)}{rng.choice(FORMS)}"
    phone = f"+861{rng.choice('3578')}{rng.randrange(10**9):09d}"
    return {"to_name": name, "to_phone": phone, "to_email": f"{rng.randrange(16**8):08x}@example.com", "to_city": place}


def _character(rng: random.Random) -> str:
    """Some come often and most seldom, as in names."""
    return COMMON[int(len(COMMON) * rng.random() ** 2)]


def _slip(rng: random.Random, other: dict[str, Any]) -> dict[str, Any]:
    """The same firm written down once more: the name otherwise, and the telephone or the mail another."""
    name: str = other["to_name"]
    at = rng.randrange(2, 4)
    names = (name.removesuffix("有限公司"), name[:at] + _character(rng) + name[at + 1 :], name)
    given = {"to_name": rng.choice(names)}
    return given | ({"to_phone": None} if rng.random() < 0.5 else {"to_email": None})


def _search() -> None:
    job_id = duplicates.finding.ask().id
    job = jobs.run_now(job_id)
    assert job.state == "done", job.error


def _touch() -> None:
    """Let some customers have changed since the last search."""
    table = tables.table_of("customer")
    with transaction():
        db.session.execute(sa.update(table).where(table.c.id % A_DAY == 0).values(updated_at=clock.now()))


def _measured(twins: dict[int, int], size: int) -> truth.Measured:
    ends = (DuplicatePair.first_id, DuplicatePair.second_id)
    found = db.session.execute(sa.select(*ends).where(DuplicatePair.entity == "customer")).all()
    known = {id_: id_ for pair in found for id_ in pair} | {id_: id_ for pair in twins.items() for id_ in pair}
    for id_, other in twins.items():  # a twin of a twin is the same firm too
        known[id_] = known[other]
    return truth.measure([(one, other) for one, other in found], known)


def _appraise(noun: Any) -> None:
    for scope in quality.whole("customer"):
        with transaction():
            quality.evaluate(noun, scope)


def _page(client: Any) -> None:
    answer = client.get("/quality/customer")
    if answer.status_code != 200:
        raise RuntimeError(answer.status)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
