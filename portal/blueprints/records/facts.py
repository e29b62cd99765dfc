"""The values of a record, each in a cell where it can be changed: what repeats from record to record is made once."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from portal.blueprints import engine, values
from portal.fields import Field
from portal.records import Record, revealing

KEPT = 2000  # buttons of a process: one for each field in each language
BADGE = "providers/badge.html"
PENCIL = "pencil"
CHANGE = Markup(' hx-target="closest .cell" hx-swap="outerHTML" aria-label="{}">{}</button>')  # behind the address
SHOW = Markup(
    '<a class="cell-show" href="{0}" hx-get="{0}" hx-target="closest .cell" hx-swap="outerHTML" aria-label="{1}">{2}{3}'
    "</a>"
)


def cell(record: Record, field: Field, *, has_key: bool = False, reveals: bool = False) -> Markup:
    """One value alone, as it is put back where it stood."""
    return Facts(record, reveals=reveals).cell(field, has_key=has_key)


class Facts:
    """The cells of one record; with `reveals`, a masked value has the button that looks behind the mask."""

    def __init__(self, record: Record, *, reveals: bool = False) -> None:
        self._record, self._reveals = record, reveals
        self._is_open = values.is_open(record)
        address = url_for("records.cell", entity=record.entity, record_id=record.id, field="-")
        self._address = escape(address[:-1])
        self._place = engine.place(PENCIL)

    def lines(self, section: Any, fields: Iterable[Field], outside: Mapping[str, Sequence[Any]]) -> Markup:
        """The values of a section with their labels; `outside` is what other systems say of them."""
        told = []
        for field in fields:
            wide = " wide" if field.type.input_key == "long_text" or field.key in section.wide else ""
            badges = self._badges(outside[field.key]) if field.key in outside else ""
            told.append(
                f'<div class="fact{wide}"><dt>{escape(str(field.label))}</dt><dd>{self.cell(field)}{badges}</dd></div>'
            )
        return Markup("".join(told))  # nosec B704, all escaped

    def cell(self, field: Field, *, has_key: bool = False) -> Markup:
        """One value, with the button that changes it in place; with `has_key`, a key of the keyboard presses it."""
        record, key = self._record, ' data-key="e"' if has_key else ""
        return Markup(  # nosec B704, all escaped
            f'<div class="cell" id="cell-{record.id}-{field.key}" data-version="{record.version}" hx-select="unset">'
            f'<span class="cell-value">{values.shown_value(field, record)}</span>{self._button(field, key)}</div>'
        )

    def _button(self, field: Field, key: str) -> str:
        if self._is_open and values.is_writable(field, self._record):
            rest = _change(self._place, str(field.label))
            return f'<button class="cell-edit" type="button"{key} hx-get="{self._address}{field.key}"{rest}'
        if self._reveals and revealing.is_possible(self._record, field.key):
            record = self._record
            ask = url_for("records.ask_to_reveal", entity=record.entity, record_id=record.id, field=field.key)
            return SHOW.format(ask, _("Show %(field)s", field=field.label), engine.symbol("eye"), _("Show"))
        return ""

    def _badges(self, outside: Iterable[Any]) -> str:
        template = current_app.jinja_env.get_template(BADGE)
        return "".join(template.render(beside=one) for one in outside)


@lru_cache(maxsize=KEPT)
def _change(_place: tuple[str, str, str], label: str) -> str:
    return CHANGE.format(_("Change %(field)s", field=label), engine.symbol(PENCIL))
