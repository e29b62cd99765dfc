"""Products and orders."""

from datetime import timedelta
from decimal import Decimal

from portal.cli.demo import words
from portal.cli.demo.world import Customer, Row, World, store


def make_products(world: World) -> None:
    """Store what is sold."""
    world.products = store("product", [_product(number) for number in range(len(words.PRODUCTS))])


def make(world: World) -> None:
    """Store every purchase of every customer as an order."""
    made = [
        (customer, purchase)
        for customer in world.customers
        for purchase in customer.purchases
        if purchase[0] <= world.today
    ]
    made.sort(key=lambda pair: pair[1][0])
    store("order", [_order(world, customer, one, number) for number, (customer, one) in enumerate(made)])


def _product(number: int) -> Row:
    name, category, sub_category, price = words.PRODUCTS[number]
    return {
        "name": name,
        "code": f"P{1001 + number}",
        "category": category,
        "sub_category": sub_category,
        "price": Decimal(price),
        "unit": "年" if "年费" in name else "件",
        "warranty_months": 24 if category in ("technology", "furniture") else 0,
        "is_on_sale": number != 6,
    }


def _order(world: World, customer: Customer, purchase: tuple[object, int, str], number: int) -> Row:
    day, pieces, yuan = purchase
    rng, place = world.rng, world.rng.randrange(len(world.products))
    name, category, sub_category, _price = words.PRODUCTS[place]
    age = (world.today - day).days  # type: ignore[operator]
    status = "completed" if age > 21 else rng.choice(("confirmed", "shipped", "completed"))
    if rng.random() < 0.02:
        status = rng.choice(("returned", "cancelled"))
    amount = Decimal(yuan) if float(yuan) > 0 else Decimal("99.00")
    is_sent = status in ("shipped", "completed", "returned")
    return {
        "number": f"SO{day:%y%m}-{number + 1:05d}",
        "customer": customer.id,
        "ordered_on": day,
        "shipped_on": day + timedelta(days=rng.randint(0, 5)) if is_sent and age > 5 else None,  # type: ignore[operator]
        "ship_mode": rng.choices(("standard", "second", "first", "same_day"), (60, 20, 15, 5))[0],
        "status": status,
        "product": world.products[place],
        "product_name": name,
        "category": category,
        "sub_category": sub_category,
        "amount": amount,
        "quantity": pieces,
        "discount": Decimal(rng.choice(("0", "0", "0", "0.05", "0.1"))),
        "profit": (amount * Decimal(rng.randint(12, 34)) / 100).quantize(Decimal("0.01")),
        "region": customer.row["region"],
        "city": customer.row["city"],
        "owner": customer.owner.id,
        "created_at": world.at(day),  # type: ignore[arg-type]
    }
