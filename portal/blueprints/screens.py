"""What every template may ask for: assets, language, theme, navigation, toasts."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, flash, request, url_for
from flask_login import current_user

from portal import clock, translations
from portal.blueprints import navigation
from portal.blueprints.home import inbox

STATIC = Path(__file__).parent.parent / "static"
THEME_COOKIE = "theme"
THEMES = ("light", "dark", "auto")
WEEK = 7 * 24 * 3600
HUES = 6


def install(app: Flask) -> None:
    """Give the app's templates their globals and filters."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = WEEK
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.filters.update(initials=initials, hue=hue, local_time=clock.to_zone)
    app.context_processor(_context)


def asset(path: str) -> str:
    """The address of a file under static/, changing with its content so that browsers may keep it."""
    return url_for("static", filename=path, v=_fingerprint(path, (STATIC / path).stat().st_mtime_ns))


@lru_cache(maxsize=500)
def _fingerprint(path: str, _changed: int) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]


def theme() -> str:
    """ "light", "dark" or "auto" (as the system prefers): the saved choice, else the guest's cookie."""
    chosen = getattr(current_user, "theme", None) or request.cookies.get(THEME_COOKIE)
    return chosen if chosen in THEMES else "auto"


def _context() -> dict[str, Any]:
    common = {"language": translations.language(), "theme": theme(), "person": current_user}
    if not current_user.is_authenticated:
        return common
    return common | {
        "navigation": navigation.groups(current_user),
        "creatable": navigation.creatable(current_user),
        "unread": inbox.unread(current_user),
    }


def toast(response: Response, message: str, level: str = "success", undo: str | None = None) -> Response:
    """Add a toast to an htmx answer; the header is pure ASCII as JSON escapes the rest."""
    told = {"toast": {"message": str(message), "level": level, "undo": undo}}
    response.headers["HX-Trigger"] = json.dumps(told)
    return response


def tell(message: str, level: str = "success", undo: str | None = None) -> None:
    """Show a toast on the next page."""
    flash({"text": str(message), "level": level, "undo": undo}, level)  # type: ignore[arg-type]


def is_piece() -> bool:
    """Whether htmx asks for a piece and not for the whole page."""
    headers = request.headers
    whole = "HX-Boosted" in headers or "HX-History-Restore-Request" in headers
    return headers.get("HX-Request") == "true" and not whole


def initials(name: str) -> str:
    """What an avatar shows: the last two characters of a Chinese name, the initials of a Latin one."""
    words = name.split()
    if name.isascii():
        return "".join(word[0] for word in words[:2]).upper() or "?"
    return (words[0] if words else name)[-2:]


def hue(name: str) -> int:
    """A steady number from 0 for the colour of an avatar."""
    return sum(map(ord, name)) % HUES
