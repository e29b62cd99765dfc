"""What the tests of conditions stand on."""

import pytest
from flask import Flask
from flask_babel import Babel

from portal import translations
from tests.engines import Postgres


@pytest.fixture(scope="session")
def postgres_address(postgres: Postgres) -> str:
    """The tests' own PostgreSQL, its empty first database."""
    return postgres.url("postgres")


@pytest.fixture
def babel_app() -> Flask:
    """An app that only translates."""
    app = Flask("texts")
    babel = Babel(app, default_locale="zh_Hans_CN")
    translations.install(babel)
    return app
