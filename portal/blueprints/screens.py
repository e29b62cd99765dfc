"""What every template may ask for: assets, language, theme, navigation, toasts."""

import json
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Flask, Response, flash, request, url_for
from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_login import current_user

from portal import clock, receipts, schema, translations
from portal.blueprints import engine, values
from portal.blueprints.frame import Frame
from portal.matching import WAYS
from portal.security import Person, policy

THEME_COOKIE = "theme"
THEMES = ("light", "dark", "auto")
WEEK = 7 * 24 * 3600
HUES = 6
LONGEST_OF_PEOPLE = 4
MIDNIGHT = datetime.min.time()


def install(app: Flask) -> None:
    """Give the app's templates their globals and filters."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = WEEK
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["now_seconds"] = lambda: int(clock.now().timestamp())
    app.jinja_env.globals["reference_address"] = reference_address
    app.jinja_env.globals["once_key"] = receipts.key
    app.jinja_env.filters.update(initials=initials, hue=hue, local_time=clock.to_zone, ago=ago, moment=moment)
    engine.install(app)
    values.install(app)
    app.context_processor(_context)
    app.after_request(_tell_again)


def reference_address(target: str | None, id_: int) -> str | None:
    """Where a reference leads: a record's page or a file; people, teams and offices have none."""
    if target == "file":
        return url_for("files.download", file_id=id_)
    entity = schema.current().entities.get(target or "")
    if entity is None or not policy.can(current_user, "view", entity.key):
        return None
    return record_address(entity, id_)


def record_address(entity: schema.Entity, id_: int) -> str:
    """The page of a record."""
    return engine.address("records.show", entity=entity, record_id=id_)


def moment(at: datetime) -> str:
    """Day and time of day as people read them in the portal's zone."""
    local = clock.to_zone(at)
    return f"{local.year:04}-{local:%m-%d %H:%M}"


def ago(at: datetime) -> str:
    """How long ago it was: in words up to a week, then the day."""
    past = clock.now() - at
    local, today = clock.to_zone(at), clock.today()
    time = "" if local.time() == MIDNIGHT else f"{local:%H:%M}"  # a bare day is stored as its beginning
    if time and timedelta(0) <= past < timedelta(hours=1):
        minutes = past // timedelta(minutes=1)
        return ngettext("%(num)d minute ago", "%(num)d minutes ago", minutes) if minutes else _("just now")
    if local.date() == today:
        return _("today %(time)s", time=time).strip()
    if local.date() == today - timedelta(days=1):
        return _("yesterday %(time)s", time=time).strip()
    return day(at)


def day(at: datetime) -> str:
    """The day in the portal's zone; the year where it is not this one."""
    local = clock.to_zone(at)
    pattern = "M月d日" if translations.language() == "zh" else "d MMM"
    if local.year != clock.today().year:
        pattern = "yyyy年M月d日" if translations.language() == "zh" else "d MMM yyyy"
    return str(format_date(local.date(), pattern))


def theme() -> str:
    """ "light", "dark" or "auto" (as the system prefers): the saved choice, else the guest's cookie."""
    chosen = getattr(current_user, "theme", None) or request.cookies.get(THEME_COOKIE)
    return chosen if chosen in THEMES else "auto"


def _context() -> dict[str, Any]:
    common = {"language": translations.language(), "theme": theme(), "person": me(), "today": clock.today()}
    return common | {"frame": Frame(me())} if current_user.is_authenticated else common


def toast(response: Response, message: str, level: str = "success", undo: str | None = None) -> Response:
    """Add a toast to an htmx answer; the header is pure ASCII as JSON escapes the rest."""
    told = {"toast": {"message": str(message), "level": level, "undo": undo}}
    response.headers["HX-Trigger"] = json.dumps(told)
    return response


def tell(message: str, level: str = "success", undo: str | None = None) -> None:
    """Show a toast on the next page."""
    flash({"text": str(message), "level": level, "undo": undo}, level)  # type: ignore[arg-type]


def _tell_again(response: Response) -> Response:
    """Say of a form that came twice that it was taken the first time."""
    if receipts.AGAIN in request.environ:
        tell(_("This form was sent before and saved then. It was not saved twice."), "info")
    return response


def me() -> Person:
    """Who is signed in, without the proxy: lists ask this person thousands of things."""
    return cast(Person, current_user._get_current_object())


def is_piece(target: str | None = None) -> bool:
    """Whether htmx asks for a piece and not for the whole page; with `target`, for the piece of that id."""
    headers = request.headers
    if headers.get("HX-Request") != "true" or "HX-History-Restore-Request" in headers:
        return False
    return "HX-Boosted" not in headers if target is None else headers.get("HX-Target") == target


def initials(name: str) -> str:
    """What an avatar shows: the last two characters of a Chinese person's name, the first two of what a Chinese
    company calls itself without its place and legal form, the initials of a Latin name."""
    words = name.split()
    if name.isascii():
        return "".join(word[0] for word in words[:2]).upper() or "?"
    first = words[0] if words else name
    return first[-2:] if len(first) <= LONGEST_OF_PEOPLE else str(WAYS["name"].prepare(first))[:2]


def hue(name: str) -> int:
    """A steady number from 0 for the colour of an avatar."""
    return sum(map(ord, name)) % HUES
