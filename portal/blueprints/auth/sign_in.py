"""Coming in and going out."""

from flask import Response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response as AnyResponse

from portal.blueprints.addresses import local
from portal.blueprints.auth.blueprint import bp
from portal.blueprints.auth.forms import SignInForm
from portal.errors import Conflict
from portal.security import people, policy


@bp.get("/sign-in")
@policy.public
def sign_in() -> AnyResponse | str:
    """The sign-in page; whoever is in already goes on."""
    if current_user.is_authenticated:
        return redirect(local(request.args.get("next")))
    return _page(SignInForm(formdata=None), None)


@bp.post("/sign-in")
@policy.public
def enter() -> AnyResponse | tuple[str, int]:
    """Check name and password; a wrong one says the same whether the name exists or not."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _page(form, None), 422
    try:
        token = people.sign_in(
            form.username.data, form.password.data, address=request.remote_addr or "", agent=request.user_agent.string
        )
    except Conflict as locked:
        return _page(form, str(locked)), 429
    if token is None:
        return _page(form, _("User name or password is wrong.")), 422
    return _begin(token)


def _begin(token: str) -> AnyResponse:
    # A session made before signing in must not survive it (session fixation).
    session.clear()
    session["sign_in"] = token
    found = people.find_session(token)
    assert found is not None
    login_user(found.person)
    if found.person.must_change_password:
        return redirect(url_for("auth.me"), 303)
    return redirect(local(request.args.get("next")), 303)


@bp.post("/sign-out")
@policy.signed_in
def sign_out() -> AnyResponse:
    """End this session, here and on the server."""
    people.sign_out(str(session.get("sign_in", "")))
    logout_user()
    session.clear()
    response: Response = redirect(url_for("auth.sign_in"), 303)  # type: ignore[assignment]
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _page(form: SignInForm, problem: str | None) -> str:
    return render_template("auth/sign_in.html", form=form, problem=problem, next=local(request.args.get("next"), ""))
