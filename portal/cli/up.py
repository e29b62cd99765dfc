"""`portal up`: one launcher for web, worker, scheduler and, unless REDIS_URL is given, a Valkey of its own."""

import fcntl
import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

import click

from portal import logs
from portal.cli import register, valkey
from portal.cli.prepare import demo_password, make_key
from portal.cli.supervisor import Supervisor
from portal.errors import PortalError
from portal.settings import Settings


@click.command()
@click.option("--demo", is_flag=True, help="Load the demo data on the first start.")
@click.option("--pack", help="On the first start add an industry pack, such as retail.")
def up(demo: bool, pack: str | None) -> None:
    """Set everything up and serve the portal until Ctrl-C."""
    logs.configure()
    os.umask(0o077)  # database, files and keys are this user's only
    first = Settings.from_environment()
    make_key(first.instance)
    os.environ["PORTAL_INSTANCE"] = str(first.instance)
    lock = hold(first.instance)
    _must_be_free(first)
    supervisor = Supervisor()
    supervisor.obey_signals()
    try:
        _start(supervisor, first, demo, pack)
        supervisor.watch()
    except RuntimeError as problem:
        raise PortalError(str(problem)) from problem
    finally:
        supervisor.stop()
        lock.close()
    click.echo("Stopped.")


def _start(supervisor: Supervisor, first: Settings, demo: bool, pack: str | None) -> None:
    if not first.redis_url:
        command, url = valkey.prepare(first.instance)
        valkey.end_leftover(url)
        supervisor.add("valkey", command, until=lambda: valkey.is_there(url))
        os.environ["REDIS_URL"] = url
    settings = Settings.from_environment()
    failed = _prepare(demo, pack)
    if supervisor.stopping:
        return
    if failed:
        raise RuntimeError("the portal could not be prepared")
    portal = [sys.executable, "-m", "portal.cli"]
    if may_ask_register(settings):
        supervisor.add("register", [*portal, "register"])
    for number in range(settings.workers):
        supervisor.add(f"worker-{number + 1}", [*portal, "worker"])
    supervisor.add("scheduler", [*portal, "scheduler"])
    supervisor.add("web", web_command(settings), until=lambda: _answers(settings))
    if not supervisor.stopping:
        _announce(settings)


def may_ask_register(settings: Settings) -> bool:
    """Let the portal ask the register that the demo data brought, and nothing else on this machine."""
    kept = register.kept(settings.instance)
    if kept is None:
        return False
    for name, given, more in (
        ("PORTAL_WEBHOOK_HOSTS", settings.webhook_hosts, f"{register.HOST}:{kept['port']}"),
        ("PORTAL_WEBHOOK_NETWORKS", settings.webhook_networks, f"{register.HOST}/32"),
    ):
        os.environ[name] = f"{given},{more}" if given else more
    return True


def _prepare(demo: bool, pack: str | None) -> int:
    """In a process of its own, whose memory goes back afterwards."""
    words = [*(["--demo"] if demo else []), *(["--pack", pack] if pack else [])]
    command = [sys.executable, "-m", "portal.cli", "prepare", *words]
    return subprocess.run(command, check=False).returncode


def web_command(settings: Settings) -> list[str]:
    """The command of the web server."""
    options = {
        "bind": f"{settings.host}:{settings.port}",
        "worker-class": "portal.cli.patient.PatientWorker",
        "workers": settings.web_processes,
        "threads": settings.web_threads,
        "timeout": 120,
        "graceful-timeout": 8,
        "keep-alive": 5,
        "max-requests": 20000,
        "max-requests-jitter": 2000,
        "worker-tmp-dir": "/dev/shm" if Path("/dev/shm").is_dir() else str(settings.instance),  # nosec B108
        "log-level": "warning",
    }
    given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return [sys.executable, "-m", "gunicorn", *given, "--no-control-socket", "portal.cli.web:application()"]


def _answers(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # nosec B104
    try:
        with urllib.request.urlopen(f"http://{host}:{settings.port}/health", timeout=5) as answer:  # nosec B310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _announce(settings: Settings) -> None:
    click.echo(f"\nThe portal is at {settings.base_url} (Ctrl-C stops it)")
    people = settings.instance / "demo_people.json"
    if people.exists():
        click.echo(f"Log in as one of these, password {demo_password(settings)}")
        for login in json.loads(people.read_text(encoding="utf-8")):
            click.echo(f"  {login['username']:<12} {login['name']} · {login['role']}")
    sys.stdout.flush()


def hold(instance: Path) -> IO[str]:
    """Hold the instance folder for this process until the stream is closed; raises PortalError when another does."""
    lock = (instance / "up.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        raise PortalError(f"a portal is already running on {instance}") from problem
    return lock


def _must_be_free(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as problem:
            raise PortalError(f"PORT: {settings.host}:{settings.port} is taken; choose another") from problem
