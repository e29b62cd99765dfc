"""Customers and their contacts: real rhythms of buying under made-up names."""

import random
from collections.abc import Iterator
from datetime import timedelta

from pypinyin import lazy_pinyin

from portal.cli.demo import sources, trades, words
from portal.cli.demo.world import Customer, Row, World, store
from portal.fields import FIELD_TYPES

TOTAL = 2_400
HEADS = 2_000  # of them; the others may belong to one of these
SIGNERS = 120  # contacts whose identity card number is kept
RARE = "龘靐"
SOURCES = ("exhibition", "referral", "website", "phone_call", "wechat", "campaign", "dealer", "other")
ROADS = ("人民", "建设", "中山", "解放", "新华", "科技", "创业", "滨江")
SIZES = (("micro", 4, 9), ("small", 10, 99), ("medium", 100, 999), ("large", 1000, 6000))
WEIGHTS = {"east": 42, "south": 19, "north": 14, "southwest": 9, "central": 7, "northwest": 5, "northeast": 4}


def make(world: World) -> None:
    """Store the customers of the world, then their contacts."""
    world.customers = list(_all(world))
    trades.describe(world)
    heads, rest = world.customers[:HEADS], world.customers[HEADS:]
    ids = store("customer", [customer.row for customer in heads])
    for customer, id_ in zip(heads, ids, strict=True):
        customer.id = id_
    _found_subsidiaries(heads, rest)
    ids += store("customer", [customer.row for customer in rest])
    for customer, id_ in zip(world.customers, ids, strict=True):
        customer.id = id_
        for contact in customer.contacts:
            contact["customer"] = id_
    contacts = [contact for customer in world.customers for contact in customer.contacts]
    _identify(contacts)
    store("contact", contacts)


def _identify(contacts: list[Row]) -> None:
    """Let those who sign have shown their identity card, by a chance of their own; the numbers are made up."""
    rng = random.Random("identities")
    for contact in rng.sample(contacts, SIGNERS):
        contact["id_number"] = FIELD_TYPES["resident_id"]().sample(rng)


def _all(world: World) -> Iterator[Customer]:
    shops, cities, bought = sources.companies(), sources.cities(), sources.purchases()
    by_region = {
        region: [city for city, (province, _districts) in cities.items() if province in provinces.split()]
        for region, provinces in words.REGIONS.items()
    }
    shops[7] = RARE
    for number in range(TOTAL):
        region = world.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        city = world.rng.choice(by_region[region])
        if city not in words.BUSY.split() and world.rng.random() < 0.75:
            city = world.rng.choice([name for name in by_region[region] if name in words.BUSY.split()])
        story = [(world.today - timedelta(days=age), pieces, yuan) for age, pieces, yuan in bought.get(number, [])]
        first = min((day for day, _, _ in story), default=world.today - timedelta(days=world.rng.randint(3, 90)))
        since = sources.workday(first - timedelta(days=world.rng.randint(2, 40)))
        owner = world.rng.choice(world.staff.sellers[region])
        customer = Customer({}, owner, story, since)
        _describe(world, customer, number, shops[number], region, city, cities[city])
        yield customer


def _describe(
    world: World, customer: Customer, number: int, shop: str, region: str, city: str, place: tuple[str, list[str]]
) -> None:
    rng, (province, districts) = world.rng, place
    industry = rng.choices(list(words.INDUSTRIES), [often for often, _ in words.INDUSTRIES.values()])[0]
    kind = rng.choices(("enterprise", "small_business", "personal"), (84, 11, 5))[0]
    name = f"{city.removesuffix('市')}{shop}{rng.choice(words.INDUSTRIES[industry][1])}有限公司"
    domain = f"{''.join(lazy_pinyin(shop))}{number % 97 if kind == 'enterprise' else number}.example.com".replace(
        "ü", "v"
    )
    size, least, most = rng.choices(SIZES, (30, 45, 20, 5))[0]
    customer.row = {
        "name": world.namer() if kind == "personal" else name,
        "short_name": None if kind == "personal" else shop,
        "kind": kind,
        "segment": {"enterprise": "company", "small_business": "small_company", "personal": "consumer"}[kind],
        "status": _status(customer, world),
        "industry": None if kind == "personal" else industry,
        "size": None if kind == "personal" else size,
        "employees": None if kind == "personal" else rng.randint(least, most),
        "credit_rating": rng.choices(("aaa", "aa", "a", "b", "c"), (10, 30, 40, 16, 4))[0],
        "source": rng.choice(SOURCES),
        "region": region,
        "province": province,
        "city": city,
        "address": f"{city}{rng.choice(districts)}{rng.choice(ROADS)}路 {rng.randint(1, 899)} 号",
        "phone": f"1700000{number:04d}",
        "email": f"contact@{domain}" if rng.random() < 0.93 else None,
        "website": f"https://www.{domain}" if kind == "enterprise" and rng.random() < 0.6 else None,
        "tags": _tags(world, customer),
        "owner": customer.owner.id,
        "created_at": world.at(customer.since),
        "external_id": f"C{100001 + number}",
    }
    if kind != "personal":
        customer.row |= _registered(world, number, f"{province}{customer.row['address']}")
    if kind != "personal":
        customer.contacts = [_contact(world, customer, number, one, domain) for one in range(1 + (rng.random() < 0.16))]


def _found_subsidiaries(heads: list[Customer], rest: list[Customer]) -> None:
    """Put a third of the companies below a large one of their seller, by a chance of its own."""
    rng = random.Random("subsidiaries")
    large: dict[int, list[int]] = {}
    for one in heads:
        if one.row["size"] == "large":
            large.setdefault(one.row["owner"], []).append(one.id)
    for one in rest:
        above = large.get(one.row["owner"])
        if above and one.row["kind"] != "personal" and rng.random() < 0.34:
            one.row["parent_company"] = rng.choice(above[:4])


def _registered(world: World, number: int, address: str) -> Row:
    """What stands in the register and what is of interest, by a chance of its own: all other values stay."""
    rng = random.Random(f"registered {number}")
    found: Row = {"registered_address": address, "credit_code": FIELD_TYPES["credit_code"]().sample(rng)}
    if rng.random() < 0.3:
        found["interests"] = rng.sample(world.products, rng.randint(1, 3))
    return found


def _status(customer: Customer, world: World) -> str:
    if not customer.purchases:
        return "prospect"
    silent = (world.today - customer.purchases[-1][0]).days
    if silent > 400:
        return "lost" if world.rng.random() < 0.5 else "dormant"
    return "active" if silent <= 200 else "dormant"


def _tags(world: World, customer: Customer) -> list[str]:
    tags = [world.rng.choice(words.NEEDS)] if world.rng.random() < 0.45 else []
    if len(customer.purchases) > 3 or world.rng.random() < 0.1:
        tags.append(world.rng.choice(words.RELATIONS))
    return tags


def _contact(world: World, customer: Customer, number: int, place: int, domain: str) -> Row:
    position, department, role = world.rng.choice(words.POSITIONS)
    name = "张㛃喆" if customer.row["short_name"] == RARE and place == 0 else world.namer()
    return {
        "name": name,
        "position": position,
        "department": department,
        "role": role,
        "phone": f"170{1 + place:02d}00{number:04d}",
        "email": f"{''.join(lazy_pinyin(name))}@{domain}".replace("ü", "v") if name.isascii() or place == 0 else None,
        "is_main": place == 0,
        "owner": customer.owner.id,
        "created_at": customer.row["created_at"],
    }
