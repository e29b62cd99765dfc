"""零售: members with their cards, and their visits to the stores."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from portal.cli.demo.world import Customer, Row, World

ENTITY, STEP, WITH_RECORDS = "store_visit", 1, 480
SHARE = Decimal(12)  # what a company spends is that of so many members
STORES = ("南京西路旗舰店", "陆家嘴中心店", "国贸商城店", "天河城店", "海岸城店", "春熙路店", "西湖银泰店", "新街口店")
LIKES = ("food", "beauty", "apparel", "home", "digital")
TASTES = ("爱促销", "新品控", "待唤回")
FOR_COMPANIES = ("short_name", "industry", "size", "employees", "website")


def fits(customer: Customer) -> bool:
    """All but some companies, which buy gifts for their staff."""
    return customer.row["industry"] not in ("services", "energy")


def describe(rng: Random, world: World, customer: Customer, number: int) -> None:
    """A person with a card instead of a company."""
    customer.contacts = []
    customer.purchases = [(day, 1, f"{Decimal(yuan) / SHARE:.2f}") for day, _pieces, yuan in customer.purchases]
    customer.row |= dict.fromkeys(FOR_COMPANIES) | {
        "name": world.namer() if customer.row["kind"] != "personal" else customer.row["name"],
        "kind": "personal",
        "segment": "consumer",
        "member_number": f"VIP8{number + 1:06d}",
        "joined_on": customer.since,
        "birthday": date(rng.randint(1962, 2004), rng.randint(1, 12), rng.randint(1, 28)),
        "favourite": LIKES[number % len(LIKES)],
        "tags": [TASTES[number % 3]] if number % 4 == 0 else [],
    }


def records(rng: Random, world: World, customer: Customer, number: int) -> Iterator[Row]:
    """Visits: regulars come every week or two, others now and then, sleepers have not for months."""
    home, pace = STORES[number % len(STORES)], (11, 30, 45, 70)[number % 4]
    day = world.today - timedelta(days=rng.randint(1, 9) if number % 6 else rng.randint(95, 160))
    for _visit in range(8 if pace == 11 else rng.randint(2, 5)):
        if day <= customer.since:
            return
        purpose = rng.choices(("buy", "look", "return", "event"), (58, 27, 6, 9))[0]
        yield {
            "store": home if rng.random() < 0.85 else rng.choice(STORES),
            "visited_on": day,
            "purpose": purpose,
            "bought": purpose == "buy" or (purpose == "event" and rng.random() < 0.5),
        }
        day -= timedelta(days=max(1, pace + rng.randint(-5, 5)))
