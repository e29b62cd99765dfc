"""What is vendored is what VENDOR.md says, and nothing in it fetches from outside."""

import hashlib
import re
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "portal" / "static" / "vendor"
LISTED = dict(
    reversed(line.split("  ", 1))
    for line in (VENDOR / "VENDOR.md").read_text().splitlines()
    if re.match(r"[0-9a-f]{64}  ", line)
)


def test_every_file_has_the_checksum_of_the_list() -> None:
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VENDOR.md"
    }
    assert found == LISTED


def test_every_folder_has_its_licence() -> None:
    for folder in (path for path in VENDOR.iterdir() if path.is_dir()):
        assert list(folder.glob("LICENSE*")), folder.name


def test_no_style_sheet_fetches_from_outside() -> None:
    for sheet in (VENDOR.parent).rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        addresses = re.findall(r"""(?:@import\s+|url\()\s*["']?([^"')\s]+)""", text)
        outside = [address for address in addresses if re.match(r"(https?:)?//", address)]
        assert outside == [], sheet.name


def icons() -> set[str]:
    """The icons of the sprite."""
    return set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "tabler-icons" / "sprite.svg").read_text()))


def test_icons_of_templates_are_in_the_sprite() -> None:
    templates = VENDOR.parents[1] / "templates"
    used = {
        (path.relative_to(templates).as_posix(), name)
        for path in templates.rglob("*.html")
        for name in re.findall(r"""(?<![a-z_])icon\(["']([a-z0-9-]+[a-z0-9])["'][,)\s]""", path.read_text())
    }
    assert [(where, name) for where, name in sorted(used) if name not in icons()] == []


def test_icons_of_the_schema_and_the_navigation_are_in_the_sprite() -> None:
    documents = (VENDOR.parents[2] / "config_schemas").rglob("*.yml")
    used = {name for path in documents for name in re.findall(r"\bicon: ([a-z0-9-]+)", path.read_text())}
    entries = (VENDOR.parents[1] / "blueprints" / "navigation.py").read_text()
    used |= set(re.findall(r'Entry\(_l\("[^"]+"\), "([a-z0-9-]+)"', entries))
    assert sorted(used - icons()) == []
