"""Error pages, and one place where a room's PortalError becomes a status."""

import logging
import re
from typing import Any

from flask import Flask, current_app, render_template, request
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from portal.blueprints import outage_page
from portal.blueprints.converters import Unavailable
from portal.errors import Busy, PortalError
from portal.extensions import db
from portal.outages import Outage, is_beyond, outage

TEXTS: dict[int, tuple[Any, Any]] = {
    400: (_l("The request could not be understood"), _l("Please go back, reload the page and try again.")),
    401: (_l("Please sign in"), _l("Your session has ended or you have not signed in yet. Nothing was saved.")),
    403: (_l("You may not do this"), _l("If you need it for your work, ask your administrator for the right.")),
    404: (_l("Not found"), _l("This page does not exist, or you may not see it.")),
    405: (_l("Not possible here"), _l("This page does not take that kind of request.")),
    409: (_l("Changed in the meantime"), _l("Somebody else changed this. Please reload the page and look again.")),
    413: (
        _l("Too large"),
        _l("This is larger than what the portal takes at once. Nothing was saved; go back and choose a smaller file."),
    ),
    422: (_l("Please check your input"), _l("Some of the values cannot be used.")),
    429: (_l("Too many requests"), _l("Please wait a little and try again.")),
    500: (_l("Something went wrong"), _l("The fault has been noted. Please try again in a moment.")),
}
LONG = re.compile(r"\d{10}")  # an id of a small table has at most ten digits
ENDED = (
    _l("The form is no longer valid"),
    _l("Nothing was saved. Your sign-in has ended, or the page was open too long. Sign in and open the form again."),
)
log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Answer HTTP errors, PortalErrors and everything unforeseen with a page."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(PortalError, _portal)
    app.register_error_handler(Exception, _unforeseen)


def _http(problem: HTTPException) -> Any:
    if isinstance(problem, Unavailable):
        return _out(problem.kind, problem)
    if problem.response is not None or problem.code is None or problem.code < 400:
        return problem
    if isinstance(problem, CSRFError):  # nearly always of a page that was open too long
        return page(problem.code, ENDED[1], ENDED[0])
    return page(problem.code)


def _portal(problem: PortalError) -> Any:
    if isinstance(problem, Busy):
        return _out(Outage.BUSY, problem)
    if problem.status >= 500:
        log.error("request failed", exc_info=problem, extra={"rule": str(request.url_rule)})
    return page(problem.status, problem.message)


def _unforeseen(problem: Exception) -> Any:
    if (kind := outage(problem)) is not None:
        return _out(kind, problem)
    if is_beyond(problem) and _asks_beyond():
        db.session.rollback()
        return page(404)
    log.error("request failed", exc_info=problem, extra={"rule": str(request.url_rule)})
    if request.environ.get("werkzeug.debug.preserve_context"):
        raise problem
    return page(InternalServerError.code)


def _asks_beyond() -> bool:
    """Whether the request names a number that no row has: somebody tries addresses, or a digit came in twice."""
    return any(LONG.search(str(word)) for word in (*(request.view_args or {}).values(), *request.values.values()))


def _out(kind: Outage, problem: Exception) -> Any:
    log.error("outage", extra={"outage": kind.value, "rule": str(request.url_rule), "why": type(problem).__name__})
    db.session.rollback()
    return outage_page.page(kind)


def _typed(status: int) -> list[str]:
    """What a form of our own pages brought whose sender is no longer known: it is shown, to be copied."""
    if status not in (400, 401) or request.headers.get("Origin") != request.host_url.rstrip("/"):
        return []
    try:
        return outage_page.typed()
    except Exception:
        log.info("what was sent could not be read")
        return []


def page(status: int, message: Any = None, title: Any = None) -> tuple[str, int]:
    """The error page of a status, with the given words or general ones; a piece for htmx."""
    usual, text = TEXTS.get(status, TEXTS[500 if status >= 500 else 400])
    name = "errors/piece.html" if getattr(request, "htmx", None) else "errors/page.html"
    values = {"status": status, "title": title or usual, "message": message or text, "typed": _typed(status)}
    try:
        layout = "layouts/page.html" if current_user.is_authenticated else "layouts/public.html"
        return render_template(name, layout=layout, **values), status
    except Exception:
        # The page's frame asks the database; when that is what failed, the plain page must do.
        log.exception("error page failed")
        return current_app.jinja_env.get_template("errors/plain.html").render(**values), status
