"""The people of the tests: Alice and Bob share a team, Charlie sits in another city and must see nothing of theirs."""

from types import SimpleNamespace

from portal import events, jobs
from portal.extensions import db, transaction
from portal.schema import directory, releases
from portal.security import SYSTEM, Office, Person, Team
from portal.security.models import PersonRole

PEOPLE = {
    "admin": ("admin", None, "shanghai"),
    "alice": ("seller", "sales_a", "shanghai"),
    "bob": ("seller", "sales_a", "shanghai"),
    "dora": ("manager", "sales_a", "shanghai"),
    "erin": ("agent", None, "shanghai"),
    "mary": ("marketer", None, "shanghai"),
    "charlie": ("seller", "sales_c", "chengdu"),
}


def populate() -> None:
    """Publish what ships as release 1 and let the people in; for the template database."""
    if releases.current_number() == 0 and directory.SHIPPED.is_dir():
        releases.publish(directory.load(), by=SYSTEM, note="What ships", expected_release=0)
    with transaction():
        offices = {"shanghai": Office(key="shanghai", name="上海"), "chengdu": Office(key="chengdu", name="成都")}
        db.session.add_all(offices.values())
        db.session.flush()
        teams = {
            "sales_a": Team(key="sales_a", name="销售一组", office_id=offices["shanghai"].id),
            "sales_c": Team(key="sales_c", name="销售三组", office_id=offices["chengdu"].id),
        }
        db.session.add_all(teams.values())
        db.session.flush()
        for username, (role, team, office) in PEOPLE.items():
            _let_in(username, role, teams[team].id if team else None, offices[office].id)
        teams["sales_a"].lead_id = find("dora").id
    _finish()


def _finish() -> None:
    """Do what the release asked for (its indexes), so that a test begins with an empty queue and outbox."""
    for job_id in list(db.session.scalars(db.select(jobs.Job.id).order_by(jobs.Job.id))):
        assert jobs.run_now(job_id).state == "done"
    with transaction():
        for model in (jobs.Job, events.Event):
            db.session.execute(db.delete(model))


def find(username: str) -> Person:
    """One of them, in the present session."""
    return db.session.scalars(db.select(Person).where(Person.username == username)).one()


def everybody() -> SimpleNamespace:
    """All of them by name."""
    return SimpleNamespace(**{username: find(username) for username in PEOPLE})


def _let_in(username: str, role: str, team_id: int | None, office_id: int) -> None:
    person = Person(
        username=username,
        name=username.title(),
        email=f"{username}@example.com",
        password_hash="!",
        locale="en",
        team_id=team_id,
        office_id=office_id,
        roles=[PersonRole(role_key=role)],
    )
    db.session.add(person)
    db.session.flush()
