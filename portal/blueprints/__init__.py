"""The pages; the only rooms that know HTTP. MODULES is the one list of them."""

from importlib import import_module

from flask import Flask

MODULES: tuple[str, ...] = (
    "health",
    "jobs",
    "auth",
    "people",
    "audit",
    "backups",
    "keys",
    "campaigns",
    "reports",
    "segments",
    "studio",
    "desk",
    "public",
    "tiers",
    "workflows",
    "approvals",
    "pool",
    "webhooks",
    "duplicates",
    "merging",
    "quality",
    "confirmations",
    "surveys",
    "coupons",
    "providers",
    "follow_ups",
    "home",
    "imports",
    "exports",
    "files",
    "records",
)
"""Modules of this package, each with its blueprint `bp`; `records` comes last, its addresses are the widest."""


def register(app: Flask) -> None:
    """Put every module's blueprint into the app, with the gate, headers and error pages they share."""
    from portal.blueprints import admin, converters, failures, headers, screens, watch
    from portal.security import policy

    headers.install(app)
    failures.install(app)
    watch.install(app)
    policy.guard(app)
    converters.install(app)
    screens.install(app)
    for name in MODULES:
        app.register_blueprint(import_module(f"portal.blueprints.{name}").bp)
    admin.install(app)
