"""Which font files a document needs: the small common pair, and the rare pair only for rare characters."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "static" / "fonts"
FAMILY = '"Kehu Sans", "Kehu Sans Rare", sans-serif'
COMMON = (("Kehu Sans", 400, "KehuSans-Regular.ttf"), ("Kehu Sans", 700, "KehuSans-Bold.ttf"))
RARE = (("Kehu Sans Rare", 400, "KehuSansRare-Regular.otf"), ("Kehu Sans Rare", 700, "KehuSansRare-Bold.otf"))
ALL = COMMON + RARE


@cache
def _covered() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # of whoever prints, which a web process does not

    with TTFont(FOLDER / COMMON[0][2], lazy=True) as font:
        return frozenset(font.getBestCmap())


def needs_rare(text: str) -> bool:
    """Tell whether a character of the text lies outside the common files."""
    covered = _covered()
    return any(ord(char) not in covered for char in set(text) if char > " ")


def faces(text: str) -> str:
    """Return the @font-face rules for the text, with own asset ids as addresses."""
    wanted = ALL if needs_rare(text) else COMMON
    return "".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};src:url("asset:{name}")}}'
        for family, weight, name in wanted
    )
