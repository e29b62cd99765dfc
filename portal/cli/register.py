"""`portal register`: the company register of the demo, a tiny server for this machine alone; the launcher starts it."""

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click

from portal.settings import Settings

HOST, FILE = "127.0.0.1", "demo_register.json"


@click.command(hidden=True)
def register() -> None:
    """Answer what the demo's company register knows, until told to stop."""
    told = kept(Settings.from_environment().instance)
    if told is None:
        raise click.ClickException("this instance has no demo register")
    with server(told["port"], told["companies"]) as opened:
        opened.serve_forever()


def kept(instance: Path) -> dict[str, Any] | None:
    """Port and companies of the register of an instance; None where it has none."""
    file = instance / FILE
    return dict(json.loads(file.read_text("utf-8"))) if file.exists() else None


def server(port: int, companies: Mapping[str, Any]) -> ThreadingHTTPServer:
    """A server that answers `/companies/<credit code>` with what it knows, or with 404."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            company = companies.get(unquote(self.path).rsplit("/", 1)[-1])
            body = json.dumps({"company": company} if company else {}, ensure_ascii=False).encode()
            self.send_response(200 if company else 404)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """The portal logs its questions itself."""

    return ThreadingHTTPServer((HOST, port), Answer)
