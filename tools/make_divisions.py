"""Makes portal/fields/data/divisions.csv.gz from the `dist` folder of modood/Administrative-divisions-of-China.

Usage: python tools/make_divisions.py <folder with divisions_{provinces,cities,areas}.csv.gz>
"""

import csv
import gzip
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "portal" / "fields" / "data" / "divisions.csv.gz"
SOURCES = ("provinces", "cities", "areas")
WITHOUT_PARTS = (("71", "台湾省"), ("81", "香港特别行政区"), ("82", "澳门特别行政区"))  # the source does not list them


def rows(folder: Path) -> list[tuple[str, str]]:
    """Every division as (code, name), in the order of the codes."""
    found = list(WITHOUT_PARTS)
    for source in SOURCES:
        with gzip.open(folder / f"divisions_{source}.csv.gz", "rt", encoding="utf-8", newline="") as file:
            found += [(row["code"], row["name"]) for row in csv.DictReader(file)]
    return sorted(found)


if __name__ == "__main__":
    text = "".join(f"{code},{name}\n" for code, name in rows(Path(sys.argv[1])))
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
