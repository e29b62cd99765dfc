"""`portal people`: add, disable and reset people from the shell, such as the first administrator."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask_babel import force_locale
from sqlalchemy import select

from portal import create_app, security
from portal.errors import Conflict, Invalid
from portal.extensions import db, transaction
from portal.security import SYSTEM, Office, Person, Team


@click.group("people")
def people() -> None:
    """Add, disable and reset the people who sign in."""


@people.command()
@click.argument("username")
@click.option("--name", help="Full name; the user name when not given.")
@click.option("--email", help="E-mail address.")
@click.option("--role", "roles", multiple=True, help="Key of a role, such as admin or seller; may be repeated.")
@click.option("--office", help="Key of the office.")
@click.option("--team", help="Key of the team.")
def add(
    username: str, name: str | None, email: str | None, roles: tuple[str, ...], office: str | None, team: str | None
) -> None:
    """Add USERNAME and print a one-time password."""
    with _writing():
        values = {"username": username, "name": name or username, "email": email, "roles": roles}
        added = security.people.add(values | {"office_id": _id(Office, office), "team_id": _id(Team, team)}, by=SYSTEM)
        known_as, password = added.username, security.people.reset_password(added, by=SYSTEM)
    click.echo(f"{known_as} may sign in once with {password}")


@people.command()
@click.argument("username")
def disable(username: str) -> None:
    """Shut USERNAME out at the next request; records and history stay."""
    with _writing():
        security.people.disable(_person(username), by=SYSTEM)
    click.echo(f"{username} is disabled")


@people.command()
@click.argument("username")
def reset(username: str) -> None:
    """Give USERNAME a one-time password, end all sessions and any lock."""
    with _writing():
        person = _person(username)
        password = security.people.reset_password(person, by=SYSTEM)
        if not person.active:
            security.people.enable(person, by=SYSTEM)
    click.echo(f"{username} may sign in once with {password}")


@contextmanager
def _writing() -> Iterator[None]:
    """One transaction on the portal of the environment; refusals become one clear line."""
    try:
        with create_app().app_context(), force_locale("en"):
            try:
                with transaction():
                    yield
            finally:
                db.session.remove()
                db.engine.dispose()
    except Invalid as refused:
        raise click.ClickException("; ".join(f"{key}: {text}" for key, text in refused.problems.items())) from refused
    except Conflict as refused:
        raise click.ClickException(str(refused)) from refused


def _person(username: str) -> Person:
    found = security.people.find(username)
    if found is None:
        raise click.ClickException(f"there is no person {username!r}")
    return found


def _id(model: type[Office] | type[Team], key: str | None) -> int | None:
    if key is None:
        return None
    found = db.session.scalar(select(model.id).where(model.key == key))
    if found is None:
        raise click.ClickException(f"there is no {model.__tablename__} {key!r}")
    return found
