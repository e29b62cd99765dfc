"""Our side: the portal of a World, served by gunicorn with a worker beside it."""

import csv
import itertools
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from bench.peers.browser import Browser, form_of
from bench.peers.serving import answering, free_port, gunicorn, running
from bench.peers.site import COLUMNS, Deed, Site, new_ones, page, pages, sheet, until
from bench.world import World
from portal.extensions import db
from portal.records.tables import table_of
from portal.security import passwords

SOURCE = Path(__file__).parents[2]
ROWS = 50
OPENED = 40  # records whose pages are opened in turn
KEYSTROKE = {"HX-Request": "true", "HX-Target": "search-hits"}


def customers_csv(world: World, path: Path) -> list[dict[str, str]]:
    """Write the customers as the peer is to have them; returns the first of them."""
    table = table_of("customer")
    columns = [table.c[world.column(key)].label(key) for key in COLUMNS]
    first: list[dict[str, str]] = []
    with path.open("w", encoding="utf-8", newline="") as file, db.engine.connect() as connection:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in connection.execute(sa.select(*columns).order_by(table.c.id).limit(world.size)).mappings():
            writer.writerow(row)
            if len(first) < 1000:
                first.append(dict(row))
    return first


@contextmanager
def served(world: World) -> Iterator[tuple[Browser, list[int]]]:
    """The portal as `portal up` serves it, but with one sync worker; a browser in which the admin has signed in."""
    password, port = secrets.token_urlsafe(16), free_port()
    person = world.admin
    person.password_hash = passwords.hashed(password)
    name = person.username
    db.session.commit()
    told = {
        "PORTAL_MODE": "production",
        "PORTAL_INSTANCE": str(world.folder),
        "PORTAL_DATABASE_URL": db.engine.url.render_as_string(hide_password=False),
        "PORTAL_SECRET_KEY": secrets.token_hex(32),
        "PORTAL_LANGUAGE": "en",
        "REDIS_URL": world.app.config["PORTAL"].redis_url,
        "PORT": str(port),
    }
    db.session.remove()
    worker = [sys.executable, "-m", "portal.cli", "worker"]
    commands = [gunicorn(sys.executable, port, "portal.cli.web:application()"), worker]
    with running(commands, told, SOURCE, world.folder / "ours.log") as roots:
        browser = answering(port, "/health")
        form = form_of(browser.get("/sign-in"), "password")
        browser.post(form.action, form.filled({"username": name, "password": password}))
        yield browser, roots


def customer_deeds(browser: Browser, word: str, rows: int) -> dict[str, Deed]:
    """What is done with customers; `word` is in a name, `rows` are imported at a time."""
    row = 'href="/customers/'
    typed = f"/search?q={quote(word)}"
    return {
        "list": page(browser.get, "/customers", row, ROWS),
        "sorted": page(browser.get, "/customers?sort=-name", row, ROWS),
        "filter": page(browser.get, f"/customers?f.industry={quote('in:it')}", row, ROWS),
        "search": page(browser.get, typed, row),
        "typed": page(lambda address: browser.get(address, KEYSTROKE), typed, row),
        "record": pages(browser.get, [f"/customers/{number}" for number in range(1, OPENED + 1)]),
        "create": create(browser, "/customers/new", new_ones()),
        "import": _imported(browser, rows),
    }


def site(roots: list[int], deeds: dict[str, Deed]) -> Site:
    """The portal as one of two sides."""
    return Site(roots, roots[0], deeds)


def create(browser: Browser, address: str, values: Iterator[dict[str, str]]) -> Deed:
    """Send the form of a new record, and open where that leads."""

    def prepare() -> tuple[str, dict[str, list[str]]]:
        given = next(values)
        form = form_of(browser.get(address), next(iter(given)))
        return form.action, form.filled(given)

    def run(form: tuple[str, dict[str, list[str]]]) -> None:
        if not re.search(r"/\d+$", browser.post(*form).address):
            raise RuntimeError(f"{address}: nothing was saved")

    return Deed(run, prepare)


def _imported(browser: Browser, rows: int) -> Deed:
    """Send the file, name the columns, have it checked, run it."""
    turn = itertools.count()

    def run(body: bytes) -> None:
        form = form_of(browser.get("/imports/new?entity=customer"), "file")
        plan = browser.send(form.action, form.values, "file", ("new.csv", body))
        form = form_of(plan, "column-0")
        chosen = {f"column-{place}": key for place, key in enumerate(COLUMNS)}
        browser.post(form.action, form.filled(chosen))
        until(lambda: f'action="{plan.address}/run"' in browser.get(plan.address).text)
        begin = browser.get(plan.address)
        browser.post(f"{plan.address}/run", form_of(begin, "csrf_token").values)
        until(lambda: 'hx-trigger="every' not in browser.get(plan.address).text)
        done = browser.get(plan.address).text
        if f"{rows:,}" not in done or "refused.xlsx" in done:
            raise RuntimeError(f"{plan.address}: not all rows came in")

    return Deed(run, lambda: sheet(rows, next(turn)))
