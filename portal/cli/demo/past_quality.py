"""Sixty days of totals before today, so that the board of data quality has a trend to show."""

import random
from datetime import timedelta

import sqlalchemy as sa

from portal import schema
from portal.cli.demo.world import World
from portal.extensions import db
from portal.rules import quality

DAYS = 60
WEEK = 7


def make(world: World) -> None:
    """Appraise what was entered, count it, and let the past have been a little worse, by a chance of its own."""
    for noun in schema.current().quality.values():
        for scope in quality.whole(noun.on):
            quality.evaluate(noun, scope)
    quality.totals.count()
    rng = random.Random("quality")
    today = db.session.execute(sa.select(*_columns())).mappings().all()
    rows = []
    for weeks in range(DAYS // WEEK, 0, -1):
        worse = 1 - weeks * 0.022 + rng.uniform(-0.01, 0.01)
        past = timedelta(days=weeks * WEEK)
        for row in today:
            flawless = min(row["records"], int(row["flawless"] * worse))
            moved = {"day": row["day"] - past, "at": row["at"] - past, "scores": int(row["scores"] * worse)}
            rows.append({**row, **moved, "flawless": flawless})
    if rows:
        db.session.execute(sa.insert(quality.QualityTotal), rows)


def _columns() -> list[sa.ColumnElement[object]]:
    table = db.metadata.tables[quality.QualityTotal.__tablename__]
    return [column for column in table.c if column.name != "id"]
