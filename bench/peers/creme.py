"""Creme CRM: its organisations beside our customers."""

import itertools
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from bench.peers.browser import Browser, form_of
from bench.peers.databases import Told, database
from bench.peers.peer_folder import INSIDE, environment, ran, said
from bench.peers.serving import answering, free_port, gunicorn, running
from bench.peers.site import Deed, Site, new_ones, page, pages, sheet, until

LIST = "/persons/organisations?rows=50"
ROW = 'name="entity_id"'
ROWS, OPENED = 50, 40
AJAX = {"X-Requested-With": "XMLHttpRequest"}
COLUMNS = {"name_colselect": "1", "phone_colselect": "2", "email_colselect": "3", "billaddr_city_colselect": "4"}
COLUMNS |= {"sector_colselect": "5", "sector_subfield": "title", "shipaddr_city_colselect": "0"}


class Creme:
    """A project of Creme in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.project = folder, folder / "project"
        self.python = environment("creme", folder)
        self.creme = str(self.python.parent / "creme")
        if not self.project.is_dir():
            draft = folder / "crm"
            shutil.rmtree(draft, ignore_errors=True)
            ran([self.creme, "creme_start_project", "crm"], folder, {**os.environ, "PYTHONWARNINGS": "ignore"})
            draft.rename(self.project)

    @contextmanager
    def site(self, engine: str, scratch: Path, rows: Path, word: str, imported: int) -> Iterator[Site]:
        """Creme with the customers of the file, one web worker and its job manager, root signed in."""
        with database(engine, scratch, self.folder / "empty.sqlite3", self._prepare) as where:
            told, port = self._told(where, scratch), free_port()
            said("filling creme")
            fill = [str(self.python), str(INSIDE / "fill_creme.py"), str(rows)]
            first = int(ran(fill, self.project, told).split()[-1])
            ran([self.creme, "generatemedia"], self.project, told)
            commands = [gunicorn(str(self.python), port, "crm.wsgi:application"), [self.creme, "creme_job_manager"]]
            with running(commands, told, self.project, scratch / "creme.log") as roots:
                browser = answering(port, "/creme_login")
                form = form_of(browser.get("/creme_login"), "password")
                browser.post(form.action, form.filled({"username": "root", "password": "root"}))
                yield Site(roots, roots[0], _deeds(browser, first, word, imported))

    def _prepare(self, where: Told) -> None:
        for command in ("migrate", "creme_populate"):
            said(f"creme {command}")
            ran([self.creme, command], self.project, self._told(where, self.folder))

    def _told(self, where: Told, scratch: Path) -> dict[str, str]:
        """The environment of its processes."""
        paths = {"PYTHONPATH": f"{self.project}{os.pathsep}{INSIDE}", "PEER_SCRATCH": str(scratch)}
        given = {"DJANGO_SETTINGS_MODULE": "creme_settings", "PYTHONWARNINGS": "ignore", "PEER_SECRET": "0" * 50}
        path = f"{self.python.parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, **given, **paths, **where, "PATH": path}


def _deeds(browser: Browser, first: int, word: str, imported: int) -> dict[str, Deed]:
    sector = _sector(browser)
    only = quote(f'{{"op":"AND","val":[["sector",{sector}]]}}')
    typed = f"/creme_core/search/light?value={quote(word)}"
    return {
        "list": page(browser.get, LIST, ROW, ROWS),
        "sorted": page(browser.get, f"{LIST}&sort_key=regular_field-name&sort_order=DESC", ROW, ROWS),
        "filter": page(browser.get, f"{LIST}&q_filter={only}", ROW, ROWS),
        "search": page(browser.get, f"/creme_core/search?search={quote(word)}", 'href="/persons/organisation/'),
        "typed": page(lambda address: browser.get(address, AJAX), typed, "/persons/organisation/"),
        "record": pages(browser.get, [f"/persons/organisation/{first + number}" for number in range(OPENED)]),
        "create": _create(browser, sector),
        "import": _imported(browser, imported),
    }


def _sector(browser: Browser) -> str:
    """The number of the sector that our filter names too."""
    form = browser.get("/persons/organisation/add").text
    found = re.search(r'<option value="(\d+)"[^>]*>it</option>', form)
    if found is None:
        raise LookupError("creme has no sector it")
    return found[1]


def _create(browser: Browser, sector: str) -> Deed:
    values = new_ones()

    def prepare() -> tuple[str, dict[str, list[str]]]:
        given = next(values)
        form = form_of(browser.get("/persons/organisation/add"), "name")
        return form.action, form.filled({**given, "billing_address-city": given["city"], "sector": sector})

    def run(form: tuple[str, dict[str, list[str]]]) -> None:
        if not re.search(r"/\d+$", browser.post(*form).address):
            raise RuntimeError("creme saved nothing")

    return Deed(run, prepare)


def _imported(browser: Browser, rows: int) -> Deed:
    """Send the file as a document, name it, name the columns, wait for the job."""
    turn = itertools.count()
    kind = re.findall(r"/creme_core/mass_import/\d+", browser.get(LIST).text)[0]

    def run(body: bytes) -> None:
        form = form_of(browser.get("/documents/document/add"), "title")
        sent = browser.send(form.action, form.filled({"title": "new"}), "filedata", ("new.csv", body))
        form = form_of(browser.get(kind), "document")
        document = sent.address.rsplit("/", 1)[-1]
        form = form_of(browser.post(kind, form.filled({"document": document, "has_header": "on"})), "name_colselect")
        job = browser.post(kind, form.filled(COLUMNS)).address
        number = job.rsplit("/", 1)[-1]
        waiting = f"/creme_core/job/info?id={number}"
        until(lambda: '"status":1,' not in browser.get(waiting, AJAX).text.replace(" ", ""))
        done = browser.get(job).text
        if not re.search(rf"\b{rows:,}|\b{rows}", done) or "have been created" not in done:
            raise RuntimeError(f"{job}: not all rows came in")

    return Deed(run, lambda: sheet(rows, next(turn)))
