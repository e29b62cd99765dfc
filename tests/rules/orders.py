"""Real purchase histories for the tests: the CDNOW sample, moved to end today."""

import gzip
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

PATH = Path(__file__).parents[1] / "data" / "CDNOW_sample.txt.gz"
SCALE = 800  # dollars of the sample become yuan large enough for the shipped tiers


def frame(today: date, customers: int = 300) -> pd.DataFrame:
    """Return number, day and amount of the orders of the first customers; the last order lies on today."""
    with gzip.open(PATH, "rt") as lines:
        rows = [line.split() for line in lines]
    orders = pd.DataFrame(
        {
            "customer": [int(row[1]) for row in rows],
            "day": pd.to_datetime([row[2] for row in rows]),
            "amount": [round(float(row[4]) * SCALE, 2) for row in rows],
        }
    )
    moved = timedelta(days=(pd.Timestamp(today) - orders["day"].max()).days)
    orders["day"] = (orders["day"] + moved).dt.date
    chosen: pd.DataFrame = orders[orders["customer"] <= customers].reset_index(drop=True)
    return chosen
