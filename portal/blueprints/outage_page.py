"""The page of an outage: what is the matter in plain words, and everything that was typed, ready to be sent again."""

import logging
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, make_response, request
from flask_babel import force_locale
from flask_babel import gettext as _

from portal import translations
from portal.blueprints import screens
from portal.outages import Outage

SECONDS = 5
"""After so long a page that was only read is asked for again by itself."""
STATUS = {Outage.AWAY: 503, Outage.BUSY: 503, Outage.FULL: 507}
SECRET = ("password", "secret", "token", "code", "key")
OURS = frozenset({"csrf_token", "_once"})
SHOWN = 300
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Words:
    """The page in one language."""

    language: str
    title: str
    text: str
    saved: str
    again: str
    typed: str
    files: str


def page(kind: Outage) -> Response:
    """Answer a request that met an outage; asks the database for nothing. For htmx only the status counts."""
    status, is_read = STATUS[kind], request.method in ("GET", "HEAD")
    sent = [] if is_read else _sent(kind)
    words = []
    for language in _languages():
        with force_locale(translations.LOCALES[language]):
            words.append(_words(kind, language, is_read))
    text = current_app.jinja_env.get_template("errors/outage.html").render(
        status=status, words=words, is_read=is_read, seconds=SECONDS, address=request.full_path.rstrip("?"),
        sent=sent, files=sorted(request.files) if sent else [], ours=OURS, shown=SHOWN, theme=_theme(),
    )  # fmt: skip
    answer = make_response(text, status)
    answer.headers["Retry-After"] = str(SECONDS)
    return answer


def _sent(kind: Outage) -> list[tuple[str, str]]:
    """What came with the form; nothing where a secret is among it, or where it could not be read."""
    if kind is Outage.FULL and "form" not in vars(request._get_current_object()):  # type: ignore[attr-defined]
        return []  # asking again for what was half read would not bring it
    names = [name.lower() for name in request.form if name not in OURS]
    if any(word in name for name in names for word in SECRET):
        return []
    return [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]


def typed() -> list[str]:
    """What people wrote into a form that came, but for secrets; nothing of a form that asks for a password."""
    if any("password" in name.lower() for name in request.form):
        return []
    told = [(name, value) for name, value in request.form.items(multi=True) if name not in OURS and value.strip()]
    return [value for name, value in told if not (name.startswith("_") or any(word in name.lower() for word in SECRET))]


def _languages() -> list[str]:
    """The person's language; both when not even that can be known."""
    try:
        return [translations.language()]
    except Exception:
        log.info("the language of an outage page is not known")
    kept = request.cookies.get(translations.COOKIE)
    return [kept] if kept in translations.LOCALES else list(translations.LOCALES)


def _theme() -> str:
    return "dark" if request.cookies.get(screens.THEME_COOKIE) == "dark" else "auto"


def _words(kind: Outage, language: str, is_read: bool) -> Words:
    told: dict[Outage, tuple[Any, Any]] = {
        Outage.AWAY: (_("The portal is back in a moment"), _("Its database cannot be reached just now.")),
        Outage.BUSY: (_("The portal is busy"), _("Others are saving much at this moment.")),
        Outage.FULL: (_("There is no room left on the disk"), _("Reading goes on. Tell whoever runs the portal.")),
    }
    title, text = told[kind]
    return Words(
        language=language,
        title=str(title),
        text=str(text),
        saved=_("This page tries again by itself.") if is_read else _("Nothing of your form was saved."),
        again=_("Try again"),
        typed=_("What you typed is kept here"),
        files=_("Choose the file again"),
    )
