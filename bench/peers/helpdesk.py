"""django-helpdesk: its tickets beside ours. It has no import of a file."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import quote

from bench.peers.browser import Browser, form_of
from bench.peers.databases import Told, database
from bench.peers.peer_folder import INSIDE, environment, ran, said
from bench.peers.serving import answering, free_port, gunicorn, running
from bench.peers.site import Deed, Site, new_tickets, pages

ROWS, OPENED = 50, 40
NEWEST = "sort=created&sortreverse=1"
TABLE = re.compile(r'"(/datatables_ticket_list/[^"]*)"')
AJAX = {"X-Requested-With": "XMLHttpRequest", "Accept": "application/json"}


class Helpdesk:
    """A plain Django project with django-helpdesk in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = environment("helpdesk", folder)

    @contextmanager
    def site(self, engine: str, scratch: Path, rows: Path, word: str) -> Iterator[Site]:
        """The helpdesk with the tickets of the file and one web worker, root signed in."""
        with database(engine, scratch, self.folder / "empty.sqlite3", self._prepare) as where:
            told, port, password = self._told(where, scratch), free_port(), secrets.token_urlsafe(16)
            said("filling helpdesk")
            fill = [str(self.python), str(INSIDE / "fill_helpdesk.py"), str(rows), password]
            first = int(ran(fill, INSIDE, told).split()[-1])
            command = gunicorn(str(self.python), port, "django.core.wsgi:get_wsgi_application()")
            with running([command], told, INSIDE, scratch / "helpdesk.log") as roots:
                browser = answering(port, "/login/")
                form = form_of(browser.get("/login/"), "password")
                browser.post(form.action, form.filled({"username": "root", "password": password}))
                yield Site(roots, roots[0], _deeds(browser, first, word))

    def _prepare(self, where: Told) -> None:
        for command in (["migrate"], ["loaddata", "emailtemplate.json"]):
            said(f"helpdesk {command[0]}")
            ran([str(self.python), "-m", "django", *command], self.folder, self._told(where, self.folder))

    def _told(self, where: Told, scratch: Path) -> dict[str, str]:
        """The environment of its processes."""
        given = {"DJANGO_SETTINGS_MODULE": "helpdesk_settings", "PYTHONPATH": str(INSIDE), "PYTHONWARNINGS": "ignore"}
        return {**os.environ, **given, **where, "PEER_SCRATCH": str(scratch), "PEER_SECRET": "0" * 50}


def _deeds(browser: Browser, first: int, word: str) -> dict[str, Deed]:
    return {
        "list": _table(browser, f"/tickets/?{NEWEST}", ROWS),
        "sorted": _table(browser, "/tickets/?sort=id&sortreverse=1", ROWS),
        "filter": _table(browser, f"/tickets/?priority=2&{NEWEST}", ROWS),
        "search": _table(browser, f"/tickets/?q={quote(word)}&{NEWEST}", 1),
        "record": pages(browser.get, [f"/tickets/{first + number}/" for number in range(OPENED)]),
        "create": _create(browser),
    }


def _table(browser: Browser, address: str, least: int) -> Deed:
    """The page of the list and the rows that it asks for by itself."""

    def run(_given: object) -> None:
        found = TABLE.search(unescape(browser.get(address).text))
        if found is None:
            raise LookupError(f"{address}: no table of tickets")
        rows = browser.get(f"{found[1]}?draw=1&start=0&length={ROWS}", AJAX).body.count(b'"queue":')
        if rows < least:
            raise RuntimeError(f"{address}: {rows} tickets, not {least}")

    return Deed(run)


def _create(browser: Browser) -> Deed:
    values = new_tickets()

    def prepare() -> tuple[str, dict[str, list[str]]]:
        given = next(values)
        form = form_of(browser.get("/tickets/submit/"), "title")
        told = {"title": given["subject"], "body": given["description"], "priority": "3", "queue": "1"}
        return form.action, form.filled(told)

    def run(form: tuple[str, dict[str, list[str]]]) -> None:
        if not re.search(r"/tickets/\d+/$", browser.post(*form).address):
            raise RuntimeError("helpdesk saved nothing")

    return Deed(run, prepare)
