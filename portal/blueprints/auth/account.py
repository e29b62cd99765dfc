"""One's own account: name, language, appearance, password, sessions."""

from flask import flash, g, redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import schema
from portal.blueprints.auth.blueprint import bp
from portal.blueprints.auth.devices import device
from portal.blueprints.auth.forms import AccountForm, PasswordForm
from portal.errors import Invalid, NotFound
from portal.security import people, policy


@bp.get("/me")
@policy.signed_in
def me() -> str:
    """The page of one's own account."""
    return _page(AccountForm(formdata=None, obj=current_user), PasswordForm(formdata=None))


@bp.post("/me")
@policy.signed_in
def change() -> Response | tuple[str, int]:
    """Save name, e-mail, language and appearance."""
    form = AccountForm()
    if not form.validate_on_submit():
        return _page(form, PasswordForm(formdata=None)), 422
    values = {"name": form.name.data, "email": form.email.data or None}
    people.change(current_user, values | {"locale": form.locale.data, "theme": form.theme.data}, by=current_user)
    flash(_("Your account is saved."), "success")
    return redirect(url_for("auth.me"), 303)


@bp.post("/me/password")
@policy.signed_in
def change_password() -> Response | tuple[str, int]:
    """Set a new password; every other session of the person ends."""
    form = PasswordForm()
    account = AccountForm(formdata=None, obj=current_user)
    if not form.validate_on_submit():
        return _page(account, form), 422
    try:
        people.change_password(current_user, form.present.data, form.password.data, keep=session["sign_in"])
    except Invalid as refused:
        for name, problem in refused.problems.items():
            form[name].errors = [problem]
        return _page(account, form), 422
    flash(_("Your password is changed. All other devices are signed out."), "success")
    return redirect(url_for("auth.me"), 303)


@bp.post("/me/sign-ins/<int:sign_in_id>/end")
@policy.signed_in
def end_sign_in(sign_in_id: int) -> Response:
    """End one session of one's own."""
    mine = {row.id: row for row in people.open_sessions(current_user)}
    if sign_in_id not in mine:
        raise NotFound()
    people.end_session(mine[sign_in_id])
    flash(_("That device is signed out."), "success")
    return redirect(url_for("auth.me"), 303)


@bp.post("/me/sign-ins/end")
@policy.signed_in
def end_other_sign_ins() -> Response:
    """End all sessions of one's own but this one."""
    people.end_sessions(current_user, keep=session["sign_in"])
    flash(_("All other devices are signed out."), "success")
    return redirect(url_for("auth.me"), 303)


def _page(account: AccountForm, password: PasswordForm) -> str:
    known = schema.current().roles
    return render_template(
        "auth/me.html",
        account=account,
        password=password,
        sign_ins=people.open_sessions(current_user),
        present=g.sign_in.id,
        device=device,
        roles=[known[key].label for key in current_user.role_keys if key in known],
    )
