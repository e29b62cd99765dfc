"""A scratch portal on one engine that grows from size to size, and a seller who sees one team of twenty."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from bench.customers import WISHES, customers
from bench.multiply import SEEDS, multiply
from portal import Portal, collector, create_app, records, schema, sqlite
from portal.extensions import db, transaction
from portal.schema import directory, releases, source
from portal.security import SYSTEM, Office, Person, Team
from portal.security.models import PersonRole
from portal.settings import Settings
from tests import engines

TEAMS, MEMBERS, BATCH = 20, 5, 2000
OWN: tuple[tuple[dict[str, Any], Callable[[int], Any]], ...] = (
    ({"type": "choice", "options": WISHES}, lambda number: WISHES[number % len(WISHES)]),
    ({"type": "integer"}, lambda number: number * 7919 % 1000),
    ({"type": "text"}, lambda number: f"第{number % 97}批"),
    ({"type": "date"}, lambda number: date(2026, 1, 1) + timedelta(days=number % 300)),
    ({"type": "boolean"}, lambda number: number % 3 == 0),
)
"""What an admin may add: the field, and its value for a customer's number."""


class World:
    """What a measure gets: the app, its engine and size, a client signed in as the seller."""

    def __init__(self, app: Portal, engine: str, folder: Path) -> None:
        self.app, self.engine, self.folder = app, engine, folder
        self.size = 0
        self.people: list[int] = []
        self.scratch: dict[str, Any] = {}

    @property
    def seller(self) -> Person:
        """A seller of the seventh team, in the present session."""
        return db.session.get_one(Person, self.people[6 * MEMBERS])

    @property
    def admin(self) -> Person:
        """Who may everything a person may."""
        return db.session.get_one(Person, self.people[-1])

    def client(self, person: Person) -> FlaskClient:
        """A browser in which the person has signed in."""
        from portal.security import sessions

        client = self.app.test_client()
        token = sessions.open_session(person)
        db.session.commit()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"], session["sign_in"] = str(person.id), True, token
        return client

    def column(self, key: str, entity: str = "customer") -> str:
        """The physical name of a field, for statements written by hand."""
        return schema.current().entities[entity].fields[key].column

    def grow(self, size: int) -> None:
        """Bring the customers up to a number: ten thousand as they are saved every day, the others from these."""
        batch: list[dict[str, Any]] = []
        own = [key for key in schema.current().entities["customer"].fields if key.startswith("own_")]
        for number, row in enumerate(customers(min(size, SEEDS) - self.size, self.people[:-1], seed=size)):
            batch.append(row | {key: OWN[int(key[4:]) % len(OWN)][1](number) for key in own})
            if len(batch) == BATCH:
                records.bulk.save_many("customer", batch, by=SYSTEM)
                batch = []
        if batch:
            records.bulk.save_many("customer", batch, by=SYSTEM)
        multiply(size)
        self.size = size
        settle()


def settle() -> None:
    """Let the engine look at what it holds, as it would by itself in a while."""
    db.session.commit()
    sqlite.analyze(db.engine)
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


@contextmanager
def world(engine: str, *, url: str | None = None, fields: int = 2) -> Iterator[World]:
    """An empty world on `sqlite` or `postgresql`, taken away afterwards unless it has a `url`."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    try:
        with engines.valkey() as valkey:
            if url is not None:
                yield from _opened(engine, folder, url, valkey, fields)
            elif engine == "postgresql":
                with engines.postgres() as server:
                    server.execute("CREATE DATABASE bench")
                    yield from _opened(engine, folder, server.url("bench"), valkey, fields)
            else:
                yield from _opened(engine, folder, f"sqlite:///{folder / 'portal.db'}", valkey, fields)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _opened(engine: str, folder: Path, url: str, valkey: Any, fields: int) -> Iterator[World]:
    given = {"PORTAL_MODE": "test", "PORTAL_INSTANCE": str(folder), "PORTAL_ARGON2": "8,1,1"}
    app = create_app(Settings.from_environment({**given, "PORTAL_DATABASE_URL": url, "REDIS_URL": valkey.redis_url}))
    collector.set_aside()  # as every web process does
    with app.app_context():
        found = World(app, engine, folder)
        db.create_all()
        _publish(fields)
        found.people = list(_people())
        yield found
        db.session.remove()
        db.engine.dispose()


def _publish(fields: int) -> None:
    """What ships, and then, as an admin would, a choice and a number more on customers, and others beside these."""
    releases.publish(directory.load(), by=SYSTEM, note="What ships", expected_release=0)
    documents = releases.documents(1)
    from ruamel.yaml import YAML

    path = "entities/customer.yml"
    tree = YAML(typ="safe").load(documents[path])
    label = {"zh": "合作意向", "en": "Wish"}
    tree["fields"]["wish"] = {"type": "choice", "label": label, "filterable": True, "options": WISHES}
    tree["fields"]["score"] = {"type": "decimal", "label": "Score", "filterable": True, "sortable": True}
    for number in range(2, fields):
        field, _value = OWN[number % len(OWN)]
        tree["fields"][f"own_{number}"] = {**field, "label": f"Own {number}", "filterable": number % 5 == 0}
    releases.publish({**documents, path: source.write(tree)}, by=SYSTEM, note="Mine", expected_release=1)


def _people() -> Iterator[int]:
    """Twenty teams of five sellers, and an admin last."""
    with transaction():
        office = Office(key="shanghai", name="上海")
        db.session.add(office)
        db.session.flush()
        for number in range(TEAMS):
            team = Team(key=f"team_{number}", name=f"销售{number}组", office_id=office.id)
            db.session.add(team)
            db.session.flush()
            for member in range(MEMBERS):
                yield _let_in(f"seller_{number}_{member}", "seller", team.id, office.id)
        yield _let_in("admin", "admin", None, office.id)


def _let_in(username: str, role: str, team_id: int | None, office_id: int) -> int:
    person = Person(
        username=username,
        name=username,
        email=f"{username}@example.com",
        password_hash="!",
        team_id=team_id,
        office_id=office_id,
        roles=[PersonRole(role_key=role)],
    )
    db.session.add(person)
    db.session.flush()
    return person.id
