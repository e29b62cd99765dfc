"""The switches of language and theme, for guests kept in a cookie, for people in their account."""

from flask import current_app, redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import translations
from portal.blueprints import screens
from portal.blueprints.addresses import local
from portal.blueprints.home.blueprint import bp
from portal.security import people, policy

YEAR = 365 * 24 * 3600


@bp.post("/preferences")
@policy.public
def preferences() -> Response:
    """Switch language or theme and go back to where the person was."""
    answer = redirect(local(request.form.get("next")), 303)
    language, theme = request.form.get("language"), request.form.get("theme")
    chosen: dict[str, str] = {}
    if language in translations.LOCALES:
        chosen["locale"] = language
        _keep(answer, translations.COOKIE, language)
    if theme in screens.THEMES:
        chosen["theme"] = theme
        _keep(answer, screens.THEME_COOKIE, theme)
    if chosen and current_user.is_authenticated:
        people.change(current_user, chosen, by=current_user)
    return answer


def _keep(answer: Response, name: str, value: str) -> None:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    answer.set_cookie(name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=secure)
