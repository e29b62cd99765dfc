"""What must be there before the portal serves: tables, a release, the schedule, and demo data when asked for."""

import json
import os
import secrets
from importlib import import_module
from pathlib import Path

import click

from portal import create_app, timetable
from portal.cli.database import migrate
from portal.schema import directory, packs, releases
from portal.security import SYSTEM
from portal.settings import Settings


@click.command(hidden=True)
@click.option("--demo", is_flag=True, help="Load the demo data, once.")
@click.option("--pack", help="Add an industry pack to the first release.")
def prepare(demo: bool, pack: str | None) -> None:
    """Bring database, release and schedule in place; `portal up` runs this."""
    app = create_app()
    migrate(app)
    with app.app_context():
        if releases.current_number() == 0:
            releases.publish(_first(pack, demo), by=SYSTEM, note="What ships with the portal", expected_release=0)
        timetable.write()
        if demo:
            _load_demo(app.config["PORTAL"])


def _first(pack: str | None, demo: bool) -> dict[str, str]:
    """Return the documents of the first release; the demo brings the document of another system along."""
    if pack is not None and pack not in packs.names():
        raise click.ClickException(f"no pack {pack!r}; there are {', '.join(packs.names())}")
    documents = packs.apply(directory.load(), packs.pack(pack)) if pack else directory.load()
    return documents | import_module("portal.cli.demo.register").documents() if demo else documents


def make_key(instance: Path) -> None:
    """Write a random secret key into the instance folder where none is."""
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = instance / "secret_key"
    if not file.exists() and not os.environ.get("PORTAL_SECRET_KEY"):
        make_private(file, secrets.token_urlsafe(48))


def demo_password(settings: Settings) -> str:
    """The given password of the demo people, or a random one that the instance folder keeps."""
    if settings.demo_password:
        return settings.demo_password
    file = settings.instance / "demo_password"
    if not file.exists():
        make_private(file, "-".join(secrets.token_hex(2) for _ in range(3)))
    return file.read_text(encoding="ascii").strip()


def _load_demo(settings: Settings) -> None:
    """The hook of the demo: `portal.cli.demo.load(password)`, once for each instance; it returns the log-ins."""
    mark = settings.instance / "demo_people.json"
    if mark.exists():
        return
    logins = import_module("portal.cli.demo").load(demo_password(settings))
    mark.write_text(json.dumps(logins, ensure_ascii=False), encoding="utf-8")


def make_private(file: Path, text: str) -> None:
    """Write a new file that only its owner reads."""
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:  # noqa: PTH123
        stream.write(text)
