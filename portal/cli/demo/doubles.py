"""A handful of customers and contacts entered twice, as it happens when two people are busy; for the review queue."""

import random

from portal.cli.demo.world import Row, World, store
from portal.duplicates import finding

COUNT = 8
KEPT = ("kind", "segment", "status", "industry", "region", "province", "city", "owner", "created_at")


def make(world: World) -> None:
    """Enter some customers again, by a chance of their own, and ask for the first search."""
    rng = random.Random("doubles")
    heads = [one for one in world.customers if one.row["kind"] == "enterprise" and one.contacts]
    chosen = rng.sample(heads, COUNT)
    ids = store("customer", [_again(one.row, at) for at, one in enumerate(chosen)])
    people = [(one.contacts[0], id_) for one, id_ in zip(chosen[:4], ids, strict=False)]
    store("contact", [{**contact, "customer": id_, "position": None} for contact, id_ in people])
    finding.ask()


def _again(row: Row, at: int) -> Row:
    """The customer as somebody else would have typed it."""
    short = str(row["short_name"])
    trade = str(row["name"]).removesuffix("有限公司").partition(short)[2]
    names = (
        str(row["name"]).replace("有限公司", "股份有限公司"),
        f"{short}{trade}",
        f"{row['city']}{short}{trade}公司",
    )
    again = {key: row[key] for key in KEPT} | {"name": names[at % 3], "source": "phone_call"}
    again["phone" if at % 2 else "email"] = row["phone" if at % 2 else "email"]
    if at < 2:
        again |= {"phone": row["phone"], "remark": "展会上再次留下名片"}
    return again
