"""The Kehu customer portal."""

import logging
from contextlib import nullcontext
from typing import Any

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import receipts, sqlite
from portal.extensions import babel, csrf, db, htmx, limiter, login_manager, transaction
from portal.settings import Settings

POSTGRESQL = {
    "timezone": "UTC",
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "300s",
    # Pages want a few rows soon, from disks without heads: docs/decisions/0005-postgresql-planner.md has the figures.
    "random_page_cost": "1.1",
    "parallel_setup_cost": "10000",
    "jit": "off",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

__all__ = ["Portal", "create_app"]


class Portal(Flask):
    """The application; the one place where a request's changes are committed."""

    seats: sqlite.Seats | None = None

    def dispatch_request(self) -> Any:
        """Run an unsafe request in one writing transaction: returning commits, raising rolls back."""
        if request.method in SAFE_METHODS or request.routing_exception is not None:
            return super().dispatch_request()
        # The body is read first, so that a slow upload holds no lock.
        request.get_data(parse_form_data=True)
        with self.seats.taken() if self.seats else nullcontext(), transaction():
            return receipts.once(super().dispatch_request)


def create_app(settings: Settings | None = None) -> Portal:
    """Build the application; raises SettingsError where the environment is wrong or unsafe."""
    settings = settings or Settings.from_environment()
    settings.refuse_unsafe()
    settings.instance.mkdir(parents=True, exist_ok=True)
    app = Portal(__name__, instance_path=str(settings.instance))
    app.config.from_mapping(_configuration(settings))
    if settings.is_sqlite:
        app.seats = sqlite.Seats(settings.web_threads)
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    _open_parts(app)
    # Rooms import this package, so they come in here.
    from portal.blueprints import register
    from portal.wiring import connect

    connect(app)
    register(app)
    return app


def _configuration(settings: Settings) -> dict[str, Any]:
    limit = settings.upload_megabytes * 1024 * 1024
    return {
        "PORTAL": settings,
        "PORTAL_TIME_ZONE": settings.time_zone,
        "SECRET_KEY": settings.secret_key,
        "DEBUG": settings.debug,
        "TESTING": settings.mode == "test",
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings),
        "MAX_CONTENT_LENGTH": limit,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "MAX_FORM_PARTS": 5000,
        "SESSION_COOKIE_NAME": "portal",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "WTF_CSRF_TIME_LIMIT": None,
        "BABEL_DEFAULT_TIMEZONE": settings.time_zone,
        "JSON_AS_ASCII": False,
    }


def _engine_options(settings: Settings) -> dict[str, Any]:
    if settings.is_sqlite:
        return {"pool_size": settings.web_threads + 2}
    return {
        "pool_size": settings.web_threads + 2,
        "pool_pre_ping": True,
        "isolation_level": "READ COMMITTED",
        "connect_args": {"options": " ".join(f"-c {name}={value}" for name, value in POSTGRESQL.items())},
    }


def _open_parts(app: Portal) -> None:
    from portal import translations

    db.init_app(app)
    with app.app_context():
        sqlite.prepare(db.engine)
    csrf.init_app(app)
    htmx.init_app(app)
    limiter.init_app(app)
    login_manager.init_app(app)
    language = translations.LOCALES[app.config["PORTAL"].language]
    babel.init_app(app, default_locale=language, locale_selector=translations.select_locale)
    translations.install(babel)
    logging.getLogger("portal").setLevel(logging.INFO)
