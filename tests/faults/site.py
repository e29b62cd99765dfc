"""The web server as `portal up` starts it, and people who send forms until they are answered."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import flask_migrate
import psutil

from portal import Portal
from portal.cli import database, up
from portal.extensions import db
from portal.security import sessions
from tests import cast
from tests.faults.figures import FULL

KEY = "a-key-for-the-tests-of-faults-only-0123456789"


@dataclass
class Answer:
    """What came back; a status of 0 is a connection that broke."""

    status: int
    text: str = ""
    location: str = ""
    seconds: float = 0.0


@dataclass
class Site:
    """A running portal."""

    port: int
    launcher: subprocess.Popen[bytes]

    def web(self) -> list[psutil.Process]:
        """The processes that answer, without the one that only starts them."""
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(self.launcher.pid)
            masters = [one for one in [first, *first.children()] if "gunicorn" in one.cmdline()]
            return [one for master in masters for one in master.children()]
        return []


class Visitor:
    """Somebody who is signed in; sends one request at a time, each over a connection of its own."""

    def __init__(self, site: Site, cookie: str) -> None:
        self.site, self.cookie, self.token = site, f"portal={cookie}", ""

    def get(self, path: str) -> Answer:
        """One page."""
        return self._ask("GET", path)

    def post(self, path: str, body: bytes | None = None, kind: str = "", **fields: Any) -> Answer:
        """One form, with the token of an earlier page."""
        if not self.token:
            page = self.get("/customers/new").text
            self.token = re.search(r'name="csrf_token" type="hidden" value="([^"]+)"', page)[1]  # type: ignore[index]
        data = body if body is not None else urlencode({"csrf_token": self.token, **fields}).encode()
        return self._ask("POST", path, data, kind or "application/x-www-form-urlencoded")

    def insist(self, path: str, seconds: float = 60, **fields: Any) -> Answer:
        """The same form again and again until the server has taken it, as a person does who got no answer."""
        end = time.monotonic() + seconds
        while (answer := self.post(path, **fields)).status != 303 and time.monotonic() < end:
            assert answer.status in (0, 502, 503), answer.text
            time.sleep(0.05)
        assert answer.status == 303, f"{answer.status} after {seconds} s"
        return answer

    def _ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Answer:
        headers = {"Cookie": self.cookie, "Connection": "close", **({"Content-Type": kind} if kind else {})}
        connection, began = HTTPConnection("127.0.0.1", self.site.port, timeout=90), time.monotonic()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            if (kept := answer.getheader("Set-Cookie", "")).startswith("portal="):
                self.cookie = kept.partition(";")[0]
            place = (answer.getheader("Location") or "").removeprefix(f"http://127.0.0.1:{self.site.port}")
            return Answer(answer.status, text, place, time.monotonic() - began)
        except (OSError, HTTPException):
            return Answer(0, seconds=time.monotonic() - began)
        finally:
            connection.close()


def cookie_of(app: Portal, who: str) -> str:
    """The session cookie of one of the cast."""
    person = cast.find(who)
    token = sessions.open_session(person)
    db.session.commit()
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"], session["sign_in"] = str(person.id), True, token
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    return cookie.value


@contextmanager
def site(app: Portal, folder: Path, **more: str) -> Iterator[Site]:
    """The portal on the database of a test; at the end nothing of it is left.

    At full size all that `portal up` starts, small its web server alone, by the very command.
    """
    database.attach(app)
    flask_migrate.stamp()
    db.session.remove()
    settings = app.config["PORTAL"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = ("PORTAL_", "REDIS_", "SMTP_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"PORT": str(port), "PORTAL_INSTANCE": str(settings.instance), "PORTAL_SECRET_KEY": KEY}
    environment |= {"PORTAL_DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, **more}
    command = [sys.executable, "-m", "portal.cli", "up"] if FULL else up.web_command(replace(settings, port=port))
    with (folder / "up.log").open("wb") as out:
        launcher = subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True)
        running = Site(port, launcher)
        try:
            visitor = Visitor(running, "")
            until(lambda: launcher.poll() is not None or visitor.get("/health").status == 200, 120, "the portal")
            assert launcher.poll() is None, (folder / "up.log").read_text()[-3000:]
            yield running
        finally:
            _end(launcher)


def _end(launcher: subprocess.Popen[bytes]) -> None:
    """Kill it and what it started, for how it stops by itself is not the question here; fails if one lives on."""
    everyone = psutil.Process(launcher.pid).children(recursive=True) if launcher.poll() is None else []
    launcher.kill()
    launcher.wait()
    for one in everyone:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    left = psutil.wait_procs(everyone, timeout=30)[1]
    assert not left, f"left behind: {left}"


def until(condition: Callable[[], object], seconds: float, what: str) -> float:
    """Wait for something without a database; says how many seconds it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"waited {seconds} s in vain for {what}"
        time.sleep(0.02)
    return time.monotonic() - began
