"""What stands nowhere in the tree: questions for a field's type, paths of a machine, assets from outside."""

import re

from tests.house.sources import PORTAL, modules, pages, tracked

TYPE_SWITCH = re.compile(
    r"\bfield\.type\s*(==|!=|\bis\b|\bin\b)|\.type\.key\s*(==|!=|\bin\b|\bnot in\b)|isinstance\([^()]*\.type\s*,"
)
MACHINE = re.compile(r"(?<![\w.])/(work|root|home/\w+)/\w")
OUTSIDE = re.compile(r"""(?:src|srcset|poster|data|action)=["'](?:https?:)?//|<link[^>]+href=["'](?:https?:)?//""")
FETCH = re.compile(r"""(?:fetch|import|open|importScripts|sendBeacon)\(\s*["'`](?:https?:)?//""")
BAD_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|services?|handlers?|misc)(_|$)")


def test_nobody_asks_for_the_type_of_a_field() -> None:
    found = [
        f"{path}:{number} {line.strip()}"
        for path, _tree, text in modules()
        if not path.startswith("portal/fields/")
        for number, line in enumerate(text.splitlines(), 1)
        if TYPE_SWITCH.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_path_of_a_machine() -> None:
    found = [
        f"{name}:{number}"
        for name, text in tracked().items()
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_asset_from_outside() -> None:
    found = [name for name, text in pages().items() if OUTSIDE.search(text)]
    scripts = (path for path in (PORTAL / "static" / "js").glob("*.js"))
    found += [path.name for path in scripts if FETCH.search(path.read_text(encoding="utf-8"))]
    assert not found, "\n".join(found)


def test_no_drawer_for_odds_and_ends() -> None:
    found = [path for path, _tree, _text in modules() if BAD_NAMES.search(path.rsplit("/", 1)[-1].removesuffix(".py"))]
    assert not found, "\n".join(found)
