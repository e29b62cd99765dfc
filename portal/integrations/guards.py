"""Text that a spreadsheet would run as a formula, made harmless on the way out and itself again on the way in."""

import re

_FORMULA = re.compile(r"['\s]*[=+\-@＝＋－＠\t\r]")


def guarded(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def escaped(text: str) -> str:
    """The text as a cell that can be no formula anyway holds it: only what `unguarded` would change is guarded."""
    return f"'{text}" if unguarded(text) != text else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text
