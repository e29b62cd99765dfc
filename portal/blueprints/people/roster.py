"""The list of people, and what an administrator does with one of them."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select, or_, select
from werkzeug.wrappers import Response

from portal import schema
from portal.blueprints.people.blueprint import bp
from portal.blueprints.people.forms import NewPersonForm, PersonForm
from portal.errors import Invalid, NotFound
from portal.extensions import db
from portal.security import Office, Person, people, policy

PAGE = 50
Answer = Response | str | tuple[str, int]


@bp.get("/")
@policy.requires("people.manage")
def index() -> str:
    """Everybody, filtered by text, office, role and state; a swap gets only the table."""
    page = db.paginate(_filtered(), per_page=PAGE, max_per_page=PAGE, error_out=False)
    piece = "people/roster.html" if request.headers.get("HX-Target") == "roster" else "people/index.html"
    offices = list(db.session.scalars(select(Office).order_by(Office.name)))
    return render_template(piece, page=page, roles=schema.current().roles, offices=offices, asked=request.args)


def _filtered() -> Select[Person]:
    statement = select(Person).order_by(Person.active.desc(), Person.name, Person.id)
    if text := request.args.get("q", "").strip():
        parts = [column.icontains(text, autoescape=True) for column in (Person.name, Person.username, Person.email)]
        statement = statement.where(or_(*parts))
    if office := request.args.get("office", type=int):
        statement = statement.where(Person.office_id == office)
    if role := request.args.get("role"):
        statement = statement.where(Person.roles.any(role_key=role))
    if (state := request.args.get("state")) in ("active", "disabled"):
        statement = statement.where(Person.active.is_(state == "active"))
    return statement


@bp.get("/new")
@policy.requires("people.manage")
def new() -> str:
    """The form for somebody new."""
    return render_template("people/person.html", form=NewPersonForm(formdata=None).fill_choices(), subject=None)


@bp.post("/new")
@policy.requires("people.manage")
def add() -> Answer:
    """Add somebody and show the one-time password, this once."""
    form = NewPersonForm().fill_choices()
    if form.validate_on_submit():
        try:
            added = people.add(_values(form), by=current_user)
        except Invalid as refused:
            _mark(form, refused)
        else:
            return _show_password(added)
    return render_template("people/person.html", form=form, subject=None), 422


@bp.get("/<int:person_id>")
@policy.requires("people.manage")
def person(person_id: int) -> str:
    """One person."""
    subject = _person(person_id)
    form = PersonForm(formdata=None, obj=subject, data={"roles": list(subject.role_keys)})
    form.roles.data = list(subject.role_keys)
    return render_template("people/person.html", form=form.fill_choices(), subject=subject)


@bp.post("/<int:person_id>")
@policy.requires("people.manage")
def change(person_id: int) -> Answer:
    """Save what was written about a person."""
    subject, form = _person(person_id), PersonForm().fill_choices()
    if form.validate_on_submit():
        try:
            people.change(subject, _values(form), by=current_user)
        except Invalid as refused:
            _mark(form, refused)
        else:
            flash(_("%(name)s is saved.", name=subject.name), "success")
            return redirect(url_for("people.index"), 303)
    return render_template("people/person.html", form=form, subject=subject), 422


@bp.post("/<int:person_id>/suspension")
@policy.requires("people.manage")
def suspend(person_id: int) -> Response:
    """Disable a person: out at the next request."""
    subject = _person(person_id)
    people.disable(subject, by=current_user)
    flash(_("%(name)s is disabled and signed out everywhere.", name=subject.name), "success")
    return redirect(url_for("people.person", person_id=subject.id), 303)


@bp.post("/<int:person_id>/suspension/end")
@policy.requires("people.manage")
def readmit(person_id: int) -> Response:
    """Let a disabled person in again."""
    subject = _person(person_id)
    people.enable(subject, by=current_user)
    flash(_("%(name)s may sign in again.", name=subject.name), "success")
    return redirect(url_for("people.person", person_id=subject.id), 303)


@bp.post("/<int:person_id>/password")
@policy.requires("people.manage")
def reset_password(person_id: int) -> str:
    """Give a one-time password and show it, this once."""
    return _show_password(_person(person_id))


def _show_password(subject: Person) -> str:
    secret = people.reset_password(subject, by=current_user)
    return render_template("people/password.html", subject=subject, secret=secret)


def _person(person_id: int) -> Person:
    found = db.session.get(Person, person_id)
    if found is None:
        raise NotFound()
    return found


def _values(form: PersonForm) -> dict[str, object]:
    return {name: value for name, value in form.data.items() if name != "csrf_token"}


def _mark(form: PersonForm, refused: Invalid) -> None:
    for name, problem in refused.problems.items():
        form[name].errors = [problem]
