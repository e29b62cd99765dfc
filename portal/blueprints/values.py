"""How values show on pages: each type's piece of template, found once and called from Python, for lists have many."""

from collections.abc import Callable
from typing import Any, cast

from flask import Flask, current_app
from markupsafe import Markup, escape

from portal.fields import Field
from portal.records import Record
from portal.security.policy import Access

NOTHING = Markup('<span class="muted" aria-hidden="true">—</span>')


def install(app: Flask) -> None:
    """Give the app's templates `shown_value`."""
    app.jinja_env.globals["shown_value"] = shown_value


def shown_value(field: Field, record: Record) -> Markup:
    """The value of a field as the viewer may see it: a dash for nothing, the mask, the text, or the type's piece."""
    text = record.text(field.key)
    if not text:
        return NOTHING
    key = field.type.show_key
    value = record.value(field.key) if key else None
    if key is None or value is None:
        return escape(text)
    return _piece(key)(field, field.type.drawn(value, record.labels), text)


def is_open(record: Record) -> bool:
    """Whether the viewer may change values of the record where they stand."""
    return record.may("edit") and not record.is_archived


def is_writable(field: Field, record: Record) -> bool:
    """Whether that goes for the field, in a record that is open."""
    if field.computed or field.type.is_upload or field.type.is_automatic:
        return False
    return record.access(field.key) >= Access.WRITE


def _piece(key: str) -> Callable[[Field, Any, str], Markup]:
    template = current_app.jinja_env.get_template(f"fields/show/{key}.html")
    return cast(Callable[[Field, Any, str], Markup], vars(template.module)["show"])  # the macro of that name
