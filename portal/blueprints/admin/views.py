"""Read-only views of system tables: every unsafe thing Flask-Admin can do is off, and the policy stands before it."""

from datetime import datetime
from typing import Any

from flask import url_for
from flask_admin import AdminIndexView
from flask_admin.contrib.sqla import ModelView
from flask_admin.form import SecureForm
from flask_admin.model.typefmt import BASE_FORMATTERS
from flask_babel import format_datetime
from flask_login import current_user

from portal.blueprints.admin.tables import LABELS, Shown
from portal.blueprints.admin.wording import formatters
from portal.errors import NotFound
from portal.extensions import Model, db
from portal.security import policy


def _is_accessible() -> bool:
    return bool(current_user.is_authenticated and policy.may(current_user, "admin"))


class Index(AdminIndexView):  # type: ignore[misc]
    """The page that names the tables."""

    def is_accessible(self) -> bool:
        """Ask the policy again, for the gate may one day forget this route."""
        return _is_accessible()


class TableView(ModelView):  # type: ignore[misc]
    """One system table: search, sort, pages; nothing can be written."""

    _urls: list[tuple[str, str, tuple[str, ...]]]

    can_create = can_edit = can_delete = can_export = can_view_details = False
    column_display_actions = False
    form_base_class = SecureForm
    list_template = "system/table.html"
    page_size = 50
    simple_list_pager = True  # no count over millions of rows

    def __init__(self, model: type[Model], shown: Shown) -> None:
        self.column_list = self.column_sortable_list = list(shown.columns)
        self.column_searchable_list = list(shown.search)
        self.column_labels = {name: LABELS[name] for name in shown.columns}
        self.column_type_formatters = {**BASE_FORMATTERS, datetime: _moment, bool: _tick}
        # Only what is shown may be asked for: no column by its name in the address.
        self.form_columns = list(shown.columns)
        self.column_default_sort = (shown.columns[0], True)
        self.icon = shown.icon
        name = model.__tablename__
        self.column_formatters = formatters(name)
        super().__init__(model, db, name=shown.label, endpoint=f"system_{name}", url=f"/admin/{name}")
        # What writes, exports or looks up is not refused but absent: these routes are never made.
        self._urls = [route for route in self._urls if route[1] == "index_view"]

    def is_accessible(self) -> bool:
        """Ask the policy again, for the gate may one day forget this route."""
        return _is_accessible()

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        """Show nothing, not even that the table is there."""
        raise NotFound()

    def get_create_form(self) -> Any:
        """Nothing is written here; making a form for every table took a sixth of the time of making the app."""
        return self.form_base_class

    get_edit_form = get_create_form

    def get_save_return_url(self, model: Any, is_created: bool = False) -> str:
        """Lead every refused change back to the list."""
        return url_for(".index_view")


def _moment(view: Any, value: datetime, name: str) -> str:
    return str(format_datetime(value, "medium"))


def _tick(view: Any, value: bool, name: str) -> str:
    return "✓" if value else "—"
