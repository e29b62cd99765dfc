"""Put the tables of TABLES into Flask-Admin, each route behind the ability `admin`."""

from functools import partial, update_wrapper
from typing import Any

from flask import Flask
from flask_admin import Admin
from flask_babel import lazy_gettext as _l

from portal.blueprints.admin.tables import TABLES
from portal.blueprints.admin.views import Index, TableView
from portal.extensions import Model
from portal.security import policy


def install(app: Flask) -> None:
    """Register the tables whose rooms are loaded; Flask-Admin's routes get their policy here."""
    before = set(app.view_functions)
    index = Index(url="/admin", template="system/index.html", name=_l("System tables"))
    admin = Admin(app, name="Kehu", index_view=index, url="/admin")
    models = {mapper.class_.__tablename__: mapper.class_ for mapper in Model.registry.mappers}
    for name, shown in TABLES.items():
        if name in models:
            admin.add_view(TableView(models[name], shown))
    for endpoint in set(app.view_functions) - before:
        app.view_functions[endpoint] = _guarded(app.view_functions[endpoint])


def _guarded(view: Any) -> Any:
    """The view with its policy; bound methods take no attributes, so it is wrapped."""
    return policy.requires("admin")(update_wrapper(partial(view), view))
