"""Make the fonts of the printed reports from two packages of Noto Sans SC.

    npm pack @fontsource/noto-sans-sc@5.3.0 @embedpdf/fonts-sc@1.0.0   # then unpack both
    python tools/make_fonts.py FONTSOURCE_DIR EMBEDPDF_DIR portal/static/fonts

The common file is a merge of the simplified Chinese slice with every sign (arrows, boxes, ordinals) that the package
keeps in other slices; the rare file holds what is left of the 30,000 characters. The names are changed because the
licence reserves the original ones for unmodified files.
"""

import sys
import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

COMMON, RARE = "Kehu Sans", "Kehu Sans Rare"
IDEOGRAPHS = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
IDEOGRAPHS_IN_BOLD = ((0x4E00, 0x9FFF),)  # the rarest stay in regular weight: the folder is held under 15 MB
SIGNS = ((0x20, 0x33FF), (0xFE10, 0xFFEF))


def inside(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def subset(font: TTFont, codes: set[int], *, layout: bool) -> TTFont:
    options = Options(hinting=False, notdef_outline=True, glyph_names=False, name_IDs=["*"], drop_tables=["DSIG"])
    options.layout_features = ["*"] if layout else []
    worker = Subsetter(options)
    worker.populate(unicodes=codes)
    worker.subset(font)
    font.flavor = None
    return font


def rename(font: TTFont, family: str, style: str) -> TTFont:
    names = {
        1: family,
        2: style,
        3: f"{family} {style}",
        4: f"{family} {style}",
        6: f"{family}-{style}".replace(" ", ""),
    }
    table = font["name"]
    for number in (16, 17, 21, 22, 25):
        table.removeNames(nameID=number)
    for number, text in names.items():
        table.removeNames(nameID=number)
        table.setName(text, number, 3, 1, 0x409)
    bold = style == "Bold"
    font["OS/2"].usWeightClass = 700 if bold else 400
    font["OS/2"].fsSelection = 0x20 if bold else 0x40
    font["head"].macStyle = 1 if bold else 0
    return font


def common(files: Path, weight: int, scratch: Path) -> TTFont:
    base = TTFont(files / f"noto-sans-sc-chinese-simplified-{weight}-normal.woff2")
    held = set(base.getBestCmap())
    parts = [scratch / f"base-{weight}.ttf"]
    subset(base, held, layout=True).save(parts[0])
    for path in sorted(files.glob(f"noto-sans-sc-*-{weight}-normal.woff2")):
        piece = TTFont(path)
        signs = {code for code in piece.getBestCmap() if inside(code, SIGNS)} - held
        if signs:
            held |= signs
            parts.append(scratch / f"{path.stem}.ttf")
            subset(piece, signs, layout=False).save(parts[-1])
    return Merger().merge([str(part) for part in parts])


def main(fontsource: Path, embedpdf: Path, target: Path) -> None:
    held: set[int] = set()
    with tempfile.TemporaryDirectory() as folder:
        for weight, style in ((400, "Regular"), (700, "Bold")):
            font = common(fontsource / "files", weight, Path(folder))
            held |= set(font.getBestCmap())
            rename(font, COMMON, style).save(target / f"KehuSans-{style}.ttf")
    for style, ranges in (("Regular", IDEOGRAPHS), ("Bold", IDEOGRAPHS_IN_BOLD)):
        rare = TTFont(embedpdf / "fonts" / f"NotoSansHans-{style}.otf")
        left = {code for code in rare.getBestCmap() if inside(code, ranges)} - held
        rename(subset(rare, left, layout=False), RARE, style).save(target / f"KehuSansRare-{style}.otf")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
