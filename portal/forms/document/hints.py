"""What stands beneath an input of a document's form: how such a value is written, and what holds without one."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, get_args

from flask_babel import gettext, lazy_gettext, ngettext
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from portal.forms.document import length, suggestions
from portal.rules import words

EXAMPLES: dict[type, Any] = {
    dt.time: lazy_gettext("A time of day, for example 09:00"),
    dt.date: lazy_gettext("A day, for example 2026-03-31"),
    dt.datetime: lazy_gettext("A day and time, for example 2026-03-31 09:00"),
}


def hint_of(info: FieldInfo, key: object = "") -> str:
    """Return the hint of a key in the language of the page; empty where the input says enough."""
    kinds = set(_kinds(info.annotation))
    example = next((str(text) for kind, text in EXAMPLES.items() if kind in kinds), "")
    default = "" if info.is_required() or info.default is PydanticUndefined else _words(info.default, key)
    told = gettext("When left out: %(value)s", value=default) if default else ""
    return gettext("%(first)s. %(then)s", first=example, then=told) if example and told else example or told


def _kinds(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _kinds(part)


def _words(default: Any, key: object) -> str:
    """A default as people call it; what a box or an empty list shows by itself needs no words."""
    if isinstance(default, dt.timedelta):
        return ngettext("%(num)s day", "%(num)s days", default.days)
    if isinstance(default, tuple):
        return ", ".join(str(suggestions.word(part, key)) for part in default)
    if isinstance(default, bool) or not isinstance(default, str | int | float):
        return ""
    return words.span_text(str(default)) if length.SAID.fullmatch(str(default)) else str(suggestions.word(default, key))
