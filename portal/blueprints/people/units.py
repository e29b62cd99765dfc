"""Offices and teams."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from portal import clock
from portal.blueprints.people.blueprint import bp
from portal.blueprints.people.forms import OfficeForm, TeamForm
from portal.errors import Invalid, NotFound
from portal.extensions import db
from portal.security import Office, Person, Team, people, policy

Answer = Response | str | tuple[str, int]


@bp.get("/offices")
@policy.requires("people.manage")
def units() -> str:
    """All offices with their teams and how many people are in each."""
    heads = {
        column.key: dict(db.session.execute(select(column, func.count()).group_by(column)).all())
        for column in (Person.office_id, Person.team_id)
    }
    offices = list(db.session.scalars(select(Office).order_by(Office.name)))
    teams = list(db.session.scalars(select(Team).order_by(Team.name)))
    leads = {row.id: row.name for row in db.session.scalars(select(Person).join(Team, Team.lead_id == Person.id))}
    return render_template("people/units.html", offices=offices, teams=teams, heads=heads, leads=leads)


@bp.route("/offices/new", methods=["GET", "POST"])
@bp.route("/offices/<int:office_id>", methods=["GET", "POST"])
@policy.requires("people.manage")
def office(office_id: int | None = None) -> Answer:
    """Add or change an office."""
    subject = Office(zone=clock.zone().key) if office_id is None else _one(Office, office_id)
    return _edit(OfficeForm(obj=subject).fill_choices(), subject, people.save_office)


@bp.route("/teams/new", methods=["GET", "POST"])
@bp.route("/teams/<int:team_id>", methods=["GET", "POST"])
@policy.requires("people.manage")
def team(team_id: int | None = None) -> Answer:
    """Add or change a team."""
    subject = Team() if team_id is None else _one(Team, team_id)
    return _edit(TeamForm(obj=subject).fill_choices(), subject, people.save_team)


def _edit(form: OfficeForm | TeamForm, subject: Office | Team, save: Callable[..., Any]) -> Answer:
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                save(subject, {k: v for k, v in form.data.items() if k != "csrf_token"}, by=current_user)
            except Invalid as refused:
                for name, problem in refused.problems.items():
                    form[name].errors = [problem]
            else:
                flash(_("%(name)s is saved.", name=subject.name), "success")
                return redirect(url_for("people.units"), 303)
    return render_template(
        "people/unit.html", form=form, subject=subject, is_office=isinstance(subject, Office)
    ), status


def _one(model: type[Any], unit_id: int) -> Any:
    found = db.session.get(model, unit_id)
    if found is None:
        raise NotFound()
    return found
