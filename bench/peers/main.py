"""`portal bench peers`: what people do all day, in our portal and in a peer from PyPI, in turn in one run."""

import argparse
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.peers import ours, ours_tickets, table
from bench.peers.creme import Creme
from bench.peers.helpdesk import Helpdesk
from bench.peers.meter import Cost, memory, spend
from bench.peers.site import Deed, Site
from bench.world import World, world

ROUNDS, ROWS = 5, 1000
ROUND_SECONDS, MOST_TIMES = 0.6, 20
DEEDS: dict[str, tuple[str, float | None]] = {
    "list": ("list, first 50", 30),
    "sorted": ("list, sorted backwards", 30),
    "filter": ("list, filtered by a choice", 30),
    "search": ("search by three characters of a name", 30),
    "typed": ("the same while it is typed", 30),
    "record": ("record page", 30),
    "create": ("create by the form, to its page", None),
    "import": ("import of {rows:,} rows, file to done", 100),
}
"""What each deed is called, and how many times as long the peer shall take."""


def main(arguments: list[str]) -> int:
    """Measure and print; 0 when all aims are reached."""
    parser = argparse.ArgumentParser(prog="bench peers", description=__doc__)
    parser.add_argument("--size", default="10000", help="customers, such as 10000,100000")
    parser.add_argument("--peer", action="append", choices=tuple(PEERS), help="one peer only")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of an import")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", help="some deeds only, such as list,import")
    parser.add_argument("--folder", type=Path, help="where peers are installed, kept for the next time")
    given = parser.parse_args(arguments)
    sizes, is_kept = sorted(int(size) for size in given.size.split(",")), True
    with _folder(given.folder) as folder, world(given.engine) as found:
        for size in sizes:
            found.grow(size)
            for peer in given.peer or PEERS:
                is_kept &= PEERS[peer](found, folder, given)
    return 0 if is_kept else 1


@contextlib.contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    folder = given.absolute() if given else Path(tempfile.mkdtemp(prefix="portal-peers-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        if given is None:
            shutil.rmtree(folder, ignore_errors=True)


def _creme(world: World, folder: Path, given: argparse.Namespace) -> bool:
    place = folder / "creme"
    place.mkdir(exist_ok=True)
    peer, rows = Creme(place), world.folder / "customers.csv"
    word = ours.customers_csv(world, rows)[321]["name"][2:5]
    with ours.served(world) as (browser, roots):
        mine = ours.site(roots, ours.customer_deeds(browser, word, given.rows))
        with peer.site(given.engine, _scratch(world), rows, word, given.rows) as theirs:
            print(f"\ncustomers beside the organisations of Creme CRM, {world.size:,}, {world.engine}")
            return _compare(mine, theirs, given)


def _helpdesk(world: World, folder: Path, given: argparse.Namespace) -> bool:
    place = folder / "helpdesk"
    place.mkdir(exist_ok=True)
    peer, rows = Helpdesk(place), world.folder / "tickets.csv"
    word = ours_tickets.fill(world, rows)[321]["subject"][2:5]
    first = ours_tickets.first_id()
    with ours.served(world) as (browser, roots):
        mine = ours.site(roots, ours_tickets.ticket_deeds(browser, word, first))
        with peer.site(given.engine, _scratch(world), rows, word) as theirs:
            print(f"\ntickets beside those of django-helpdesk, {world.size:,}, {world.engine}")
            return _compare(mine, theirs, given)


def _scratch(world: World) -> Path:
    """A folder that goes with the world; short, for a socket lies in it."""
    return Path(tempfile.mkdtemp(prefix="p", dir=world.folder))


def _compare(mine: Site, theirs: Site, given: argparse.Namespace) -> bool:
    chosen = [name for name in DEEDS if name in theirs.deeds and (not given.only or name in given.only.split(","))]
    print(table.HEAD, flush=True)
    is_kept = True
    for name in sorted(chosen, key=lambda name: name == "import"):  # what grows the data most comes last
        if name == "import":
            _weigh(mine, theirs)
        title, aim = DEEDS[name]
        line = table.Line(title.format(rows=given.rows), aim, *_measured((mine, theirs), name, given.rounds))
        is_kept &= line.is_reached
        print(line, flush=True)
    if "import" not in chosen:
        _weigh(mine, theirs)
    return is_kept


def _measured(sites: tuple[Site, Site], name: str, rounds: int) -> tuple[Cost, Cost]:
    """Rounds in turn, so that a busy moment of the machine meets both."""
    costs, times = (Cost(), Cost()), []
    for one in sites:
        warm = Cost()
        for _ in range(1 if name == "import" else 2):
            spend(*_prepared(one.deeds[name], 1), one.roots, 1, warm)
        times.append(max(1, min(MOST_TIMES, int(ROUND_SECONDS / warm.walls[-1]))))
    for _ in range(rounds):
        for one, cost, count in zip(sites, costs, times, strict=True):
            spend(*_prepared(one.deeds[name], count), one.roots, count, cost)
    return costs


def _prepared(deed: Deed, times: int) -> tuple[Callable[[], object]]:
    waiting = iter([deed.prepare() for _ in range(times)])
    return (lambda: deed.run(next(waiting)),)


def _weigh(mine: Site, theirs: Site) -> None:
    for line in table.memory_lines(memory(mine.web), memory(theirs.web)):
        print(line, flush=True)


PEERS: dict[str, Callable[[World, Path, argparse.Namespace], bool]] = {"creme": _creme, "helpdesk": _helpdesk}
