"""金融: clients by the risk they may take, and what they hold."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random

from portal.cli.demo.world import Customer, Row, World

ENTITY, STEP, WITH_RECORDS = "holding", 2, 260
PRODUCTS = (  # name, kind, risk, days to run (0: open)
    ("三年期大额存单", "deposit", "r1", 1095),
    ("七天通知存款", "deposit", "r1", 0),
    ("安心 90 天封闭理财", "wealth", "r2", 90),
    ("稳健增利一年定开", "wealth", "r2", 365),
    ("沪深 300 指数增强基金", "fund", "r4", 0),
    ("医药主题混合基金", "fund", "r4", 0),
    ("固收加一号债券基金", "fund", "r3", 0),
    ("鑫享年金保险", "insurance", "r2", 3650),
    ("经营周转贷款", "loan", "r3", 365),
)
BALANCES = (20_000, 80_000, 150_000, 300_000, 700_000, 40_000, 1_200_000, 60_000, 3_800_000, 100_000)
PROFILES = ("c1", "c2", "c3", "c4", "c5")


def fits(customer: Customer) -> bool:
    """Persons and companies."""
    return True


def describe(rng: Random, world: World, customer: Customer, number: int) -> None:
    """How much risk the client may take, when that was asked, and how far the due diligence is."""
    tags = {0: "专业投资者", 3: "需双录", 5: "高龄客户"}.get(number % 8)
    customer.row |= {
        "industry": "finance" if number % 4 == 0 and customer.row["kind"] != "personal" else customer.row["industry"],
        "risk_profile": PROFILES[(number * 2) % 5],
        "risk_assessed_on": world.today - timedelta(days=rng.choice((20, 90, 180, 260, 338, 350, 420))),
        "due_diligence": rng.choices(("done", "open", "enhanced"), (78, 15, 7))[0],
        "tags": [*customer.row["tags"], *([tags] if tags else [])],
    }


def records(rng: Random, world: World, customer: Customer, number: int) -> Iterator[Row]:
    """One to five products; some mature within two weeks."""
    for place in range(1 + number % 5):
        name, kind, risk, days = PRODUCTS[(number + place * 2) % len(PRODUCTS)]
        age = rng.randint(10, 320) if days not in (90, 365) else days - rng.choice((3, 8, 12, 30, 60))
        bought = world.today - timedelta(days=age)
        amount = BALANCES[(number + place) % len(BALANCES)] * rng.randint(80, 220) // 100
        yield {
            "product_name": name,
            "kind": kind,
            "amount": Decimal(amount // 1000 * 1000),
            "risk": risk,
            "bought_on": bought,
            "matures_on": bought + timedelta(days=days) if days else None,
        }
