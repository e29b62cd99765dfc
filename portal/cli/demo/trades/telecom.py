"""电信: corporate accounts and the contracts of their numbers."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random

from portal.cli.demo.world import Customer, Row, World

ENTITY, STEP, WITH_RECORDS = "line", 2, 200
FEES = {"basic": (29, 59), "share": (99, 199), "unlimited": (129, 299), "iot": (5, 20), "fibre": (1_800, 26_000)}
SIZES = (2, 3, 4, 6, 8, 5, 12, 3)
BANDWIDTHS = (20, 50, 100, 200, 500, 1000)


def fits(customer: Customer) -> bool:
    """Companies."""
    return bool(customer.row["kind"] != "personal")


def describe(rng: Random, world: World, customer: Customer, number: int) -> None:
    """An account with its carrier and its leased line."""
    customer.row |= {
        "account_number": f"JT{320_001 + number}",
        "carrier_now": ("ours", "ours", "both", "ours", "other")[number % 5],
        "bandwidth": BANDWIDTHS[number % len(BANDWIDTHS)] if number % 3 else None,
    }


def records(rng: Random, world: World, customer: Customer, number: int) -> Iterator[Row]:
    """Numbers and leased lines; some contracts end soon, some numbers were ported away."""
    is_leaving = number % 9 == 0
    for place in range(SIZES[number % len(SIZES)]):
        plan = "fibre" if place == 0 and number % 3 else rng.choices(tuple(FEES), (25, 25, 30, 20, 0))[0]
        least, most = FEES[plan]
        many = 3 if plan == "fibre" and number % 11 == 1 else 1
        ends = world.today + timedelta(days=rng.choice((12, 25, 40, 55, 120, 260, 500, 700)))
        yield {
            "number": f"{'ZX' if plan == 'fibre' else '1709'}{number + 1:03d}{place + 1:04d}",
            "plan": plan,
            "monthly_fee": Decimal(rng.randint(least, most) * many),
            "starts_on": ends - timedelta(days=730),
            "ends_on": ends,
            "state": "ported" if is_leaving and place < 2 else rng.choices(("active", "suspended"), (96, 4))[0],
        }
