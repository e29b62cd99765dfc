"""Collects every text of the code that people read, and says which has no Chinese."""

from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

PORTAL = Path(__file__).parents[2] / "portal"
METHODS = [("static/**", "ignore"), ("translations/**", "ignore"), ("**.py", "python"), ("templates/**", "jinja2")]
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
OPTIONS = {"templates/**": {"trimmed": "true", "encoding": "utf-8"}}


def used() -> dict[str, str]:
    """Every msgid of the code with the place that uses it first."""
    found: dict[str, str] = {}
    options = OPTIONS
    for place, line, message, _, _ in extract_from_dir(PORTAL, METHODS, options, keywords=KEYWORDS):
        key = message[0] if isinstance(message, tuple) else message
        found.setdefault(key, f"portal/{place}:{line}")
    return found


def translated() -> dict[str, str]:
    """Every msgid that has Chinese, with its catalogue; a fuzzy or empty one does not count."""
    found: dict[str, str] = {}
    for path in sorted((PORTAL / "translations" / "zh").glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale="zh_Hans_CN"):
                key = message.id[0] if isinstance(message.id, list | tuple) else message.id
                text = message.string[0] if isinstance(message.string, list | tuple) else message.string
                if key and text and not message.fuzzy:
                    found[key] = path.name
    return found


def meanings() -> dict[str, dict[str, str]]:
    """For each msgid the Chinese of each catalogue that has it."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((PORTAL / "translations" / "zh").glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale="zh_Hans_CN"):
                if message.id and isinstance(message.id, str):
                    found.setdefault(message.id, {})[path.name] = str(message.string)
    return found


def untranslated() -> dict[str, str]:
    """The msgids without Chinese, each with the place that uses it."""
    have = translated()
    return {key: place for key, place in used().items() if key not in have}


if __name__ == "__main__":
    for text, place in sorted(untranslated().items(), key=lambda pair: pair[1]):
        print(f"{place}: {text!r}")
