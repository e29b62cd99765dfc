"""What the demo shows of each industry pack: customers of the trade, and the records that only it keeps."""

from collections.abc import Iterator
from random import Random
from types import ModuleType

from portal.cli.demo.trades import finance, healthcare, manufacturing, retail, telecom
from portal.cli.demo.world import Customer, World, store
from portal.schema import current

TRADES = (manufacturing, retail, finance, telecom, healthcare)
SEED = 77
FIRST = 3  # the customers before it have parts of their own in the demo


def _there() -> Iterator[ModuleType]:
    """The trades whose pack is in the release."""
    return (trade for trade in TRADES if trade.ENTITY in current().entities)


def _own(world: World, trade: ModuleType) -> list[Customer]:
    """The customers of a trade, the same ones whenever they are asked for; two trades share none."""
    place, step = (TRADES.index(trade), 10) if len(list(_there())) > 1 else (0, trade.STEP)
    return [customer for customer in world.customers[FIRST + place :: step] if trade.fits(customer)]


def describe(world: World) -> None:
    """Give customers, before they are stored, what a pack asks of them."""
    for trade in _there():
        rng = Random(f"{SEED} {trade.ENTITY}")
        for number, customer in enumerate(_own(world, trade)):
            trade.describe(rng, world, customer, number)


def make(world: World) -> None:
    """Store the records of each pack."""
    for trade in _there():
        rng = Random(f"{SEED} {trade.ENTITY} records")
        rows = [
            {"customer": customer.id, "owner": customer.owner.id, "created_at": customer.row["created_at"], **row}
            for number, customer in enumerate(_own(world, trade)[: trade.WITH_RECORDS])
            for row in trade.records(rng, world, customer, number)
        ]
        store(trade.ENTITY, rows)
