"""Webhooks: told once, tried again, never to whom the operator has not named."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import sqlalchemy as sa

from portal import clock
from portal.extensions import db, transaction
from portal.rules.webhooks import WebhookCall, outgoing
from portal.rules.workflows import runs
from tests.rules.stage import publish, settle, the_run

FLOW = """
workflow: erp
label: ERP
on: customer
trigger: {event: created}
steps:
  - webhook: {url: "http://erp.test:PORT/hook?a=1", send: [name, city]}
  - set: {status: active}
"""


class Listener:
    """The other system: what it got, and what it answers."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.status = 200
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                outer.got.append((self.path, dict(self.headers), json.loads(self.rfile.read(length))))
                self.send_response(outer.status)
                if outer.status in (301, 302):
                    self.send_header("Location", "http://erp.test/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Answer)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def erp(app: Any, travel: Any, monkeypatch: Any) -> Iterator[Listener]:
    """A system on this machine that the operator has allowed, with its network."""
    listener = Listener()
    allow(app, (f"erp.test:{listener.port}",), ("127.0.0.1/32",))
    real = socket.getaddrinfo

    def looked_up(host: Any, *more: Any, **named: Any) -> Any:
        return real("127.0.0.1" if host == "erp.test" else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


def allow(app: Any, hosts: tuple[str, ...], networks: tuple[str, ...] = ()) -> None:
    app.config["PORTAL"] = replace(
        app.config["PORTAL"], webhook_hosts=",".join(hosts), webhook_networks=",".join(networks)
    )


def begin(make: Any, port: int) -> None:
    publish("erp", FLOW.replace("PORT", str(port)))
    make("customer", name="远景", city="杭州", phone="13800138000")
    settle()


def call() -> WebhookCall:
    db.session.expire_all()
    return db.session.scalars(sa.select(WebhookCall).order_by(WebhookCall.id.desc())).first()  # type: ignore[return-value]


def test_the_named_fields_arrive_once_and_the_run_goes_on(erp: Listener, make: Any) -> None:
    begin(make, erp.port)
    assert the_run("erp").state == "done"
    ((path, headers, body),) = erp.got
    assert path == "/hook?a=1"
    assert body["fields"] == {"name": "远景", "city": "杭州"}
    assert headers["Idempotency-Key"] == f"kehu-{call().id}"
    assert (call().state, call().answer) == ("sent", "HTTP 200")


def test_it_is_tried_again_and_then_the_run_stands_with_the_reason(erp: Listener, make: Any, travel: Any) -> None:
    erp.status = 503
    begin(make, erp.port)
    assert (the_run("erp").state, call().tries, call().state) == ("waiting", 1, "queued")
    for _ in range(5):
        travel.shift(timedelta(hours=4, minutes=1))
        settle()
    assert len(erp.got) == 6
    assert len({headers["Idempotency-Key"] for _, headers, _ in erp.got}) == 1
    run = the_run("erp")
    assert (run.state, run.reason, run.reason_data["answer"]) == ("stuck", "webhook", "HTTP 503")
    erp.status = 204
    with transaction():
        runs.retry(run, type("Somebody", (), {"id": None, "name": "x"})())
    settle()
    assert (the_run("erp").state, call().answer) == ("done", "HTTP 204")


def test_a_redirect_is_no_yes(erp: Listener, make: Any) -> None:
    erp.status = 302
    begin(make, erp.port)
    assert (len(erp.got), call().answer) == (1, "HTTP 302")


def test_a_host_nobody_allowed_is_never_called(erp: Listener, app: Any, make: Any) -> None:
    allow(app, ("other.test",))
    begin(make, erp.port)
    assert (the_run("erp").state, the_run("erp").reason, erp.got) == ("stuck", "webhook_refused", [])


def test_an_address_within_the_house_is_refused_though_its_name_is_allowed(erp: Listener, app: Any, make: Any) -> None:
    allow(app, (f"erp.test:{erp.port}",))
    begin(make, erp.port)
    assert (the_run("erp").reason, call().answer, erp.got) == ("webhook", "refused: network", [])


SPELLINGS = """http://127.0.0.1/ http://127.1/ http://2130706433/ http://0x7f000001/ http://0177.0.0.1/ http://0/
http://localhost/ http://LOCALHOST/ http://[::1]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://0.0.0.0/
http://169.254.169.254/ http://10.0.0.1/ http://192.168.0.1/ http://172.16.0.1/ http://[fe80::1]/ http://[fd00::1]/
http://erp.test@127.0.0.1/ http://127.0.0.1#erp.test/ http://erp.test:80@127.0.0.1/ http://erp.test\\@127.0.0.1/
http://erp.test.evil.test/ http://evil.test/erp.test ftp://erp.test/ file:///etc/passwd gopher://erp.test/ //erp.test/
http:/erp.test http://erp.test:99999/ http://erp.test:22/ http://ｅｒｐ.test/ http://erp。test/ http://erp.test%00.evil/
http://127.0.0.1:6379/ https://127.0.0.1/ http://[::]/ http://100.64.0.1/ http://224.0.0.1/ http://255.255.255.255/
http://erp.test%2eevil.test/ http://?erp.test"""


@pytest.mark.parametrize("url", SPELLINGS.split())
def test_no_spelling_of_a_forbidden_address_connects(url: str, monkeypatch: Any) -> None:
    from flask import Flask

    app = Flask("nothing")
    app.config["PORTAL"] = type("Given", (), {"webhook_hosts": "erp.test", "webhook_networks": ""})()
    connected: list[Any] = []
    monkeypatch.setattr(socket, "create_connection", lambda *given, **named: connected.append(given))
    with app.app_context(), pytest.raises(outgoing.Refused):
        outgoing.post(url, {}, "key")
    assert connected == []


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::ffff:10.0.0.1", "169.254.169.254", "fd00::1", "0.0.0.0", "224.0.0.1", "100.64.0.1"]
)
def test_no_forbidden_answer_of_the_name_service_connects(address: str, monkeypatch: Any) -> None:
    from flask import Flask

    app = Flask("nothing")
    app.config["PORTAL"] = type("Given", (), {"webhook_hosts": "erp.test", "webhook_networks": ""})()
    public, hidden = (0, 0, 0, "", ("8.8.8.8", 80)), (0, 0, 0, "", (address, 80))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **named: [public, hidden])
    monkeypatch.setattr(socket, "create_connection", lambda *given, **named: pytest.fail("connected"))
    with app.app_context(), pytest.raises(outgoing.Refused):
        outgoing.post("http://erp.test/", {}, "key")


def test_a_call_nobody_delivers_does_not_hang_the_run(erp: Listener, make: Any, travel: Any) -> None:
    erp.status = 503
    begin(make, erp.port)
    from portal import jobs

    with transaction():
        db.session.execute(sa.update(jobs.Job).where(jobs.Job.state == "queued").values(state="cancelled"))
    travel.shift(timedelta(days=1, minutes=1))
    with transaction():
        from portal.rules.workflows import engine

        engine.drain_later()
    settle()
    assert (the_run("erp").state, the_run("erp").reason) == ("stuck", "webhook")
    assert clock.now() > call().at
