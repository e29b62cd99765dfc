"""Webhooks: told once, tried again, never to whom the operator has not named."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from portal import clock
from portal.audit import AuditLine
from portal.extensions import db, transaction
from portal.rules.webhooks import WebhookCall, deliveries, keys, outgoing
from portal.rules.workflows import runs
from tests.rules.stage import publish, settle, the_run
from tests.rules.test_pages import token

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
        self.says, self.raw = b"", b""
        self.goes_on = threading.Event()  # not set: only the first byte of an answer comes
        self.goes_on.set()
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                outer.raw = self.rfile.read(length)
                outer.got.append((self.path, dict(self.headers), json.loads(outer.raw)))
                self.send_response(outer.status)
                if outer.status in (301, 302):
                    self.send_header("Location", "http://erp.test/elsewhere")
                self.send_header("Content-Length", str(len(outer.says)))
                self.end_headers()
                with suppress(OSError):  # nobody waits for the rest of what is held back
                    self.wfile.write(outer.says[:1])
                    outer.goes_on.wait(30)
                    self.wfile.write(outer.says[1:])

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
    listener.goes_on.set()
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
    assert (call().state, call().answer, call().status) == ("sent", "HTTP 200", 200)


def test_a_yes_counts_though_the_words_after_it_drip(erp: Listener, make: Any, monkeypatch: Any) -> None:
    told = chain([0, 1], repeat(100))  # when it begins, before the first byte, and long after it
    monkeypatch.setattr(outgoing, "time", SimpleNamespace(monotonic=lambda: next(told)))
    erp.says = b"thank you"
    erp.goes_on.clear()
    begin(make, erp.port)
    assert (call().state, call().answer, call().status, call().reply) == ("sent", "HTTP 200", 200, "t")


def is_ours() -> Any:
    """The check that the papers give to receivers, as it stands there."""
    text = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    found: dict[str, Any] = {}
    exec(text.split("```python\n")[1].split("```")[0], found)
    return found["is_ours"]


def test_the_signature_holds_and_a_new_key_leaves_the_old_valid_for_a_day(
    erp: Listener, make: Any, people: Any, travel: Any
) -> None:
    check, host = is_ours(), f"erp.test:{erp.port}"
    begin(make, erp.port)
    headers, old = erp.got[0][1], keys.show(host, people.admin).secret
    assert check(old, headers, erp.raw)
    assert not check(old, headers, erp.raw + b" ")
    assert not check(old, {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 1)}, erp.raw)
    assert old not in str(db.session.scalars(sa.select(keys.WebhookKey.sealed)).all())
    with transaction():
        new = keys.rotate(host, people.admin).secret
    again(people)
    assert [check(key, erp.got[1][1], erp.raw) for key in (new, old)] == [True, True]
    travel.shift(timedelta(minutes=6))
    assert not check(new, erp.got[1][1], erp.raw)
    travel.shift(timedelta(days=1))
    again(people)
    assert [check(key, erp.got[2][1], erp.raw) for key in (new, old)] == [True, False]
    assert {got[1]["webhook-id"] for got in erp.got} == {f"kehu-{call().id}"}


def again(people: Any) -> None:
    with transaction():
        deliveries.send_again(call().id, people.admin)
    settle()


def test_what_is_sent_again_and_taken_lets_the_run_go_on(
    erp: Listener, make: Any, people: Any, as_: Any, travel: Any
) -> None:
    erp.status, erp.says = 500, "坏了".encode() * 400
    begin(make, erp.port)
    for _ in range(5):
        travel.shift(timedelta(hours=4, minutes=1))
        settle()
    browser, address = as_(people.admin), f"/webhooks/{call().id}"
    assert (the_run("erp").state, call().state, call().tries, len(call().reply)) == ("stuck", "failed", 6, 500)
    page = browser.get(address).get_data(as_text=True)
    assert "HTTP 500" in page and "坏了坏了" in page and "name, city" in page and "13800138000" not in page
    assert f"kehu-{call().id}" in page and "Given up" in browser.get("/webhooks/").get_data(as_text=True)
    erp.status = 200
    assert browser.post(f"{address}/attempt", data=token(browser, address)).status_code == 303
    settle()
    assert (the_run("erp").state, call().state, len(erp.got)) == ("done", "sent", 7)
    assert as_(people.alice).get(address).status_code == 403


def test_the_keys_are_shown_on_demand_and_that_is_written_down(erp: Listener, people: Any, as_: Any) -> None:
    browser, host = as_(people.admin), f"erp.test:{erp.port}"
    assert host in browser.get("/webhooks/keys").get_data(as_text=True)
    given = token(browser, "/webhooks/keys")
    shown = browser.post("/webhooks/keys", data={**given, "host": host}).get_data(as_text=True)
    assert keys.valid(host)[0].secret in shown
    made = browser.post("/webhooks/keys", data={**given, "host": host, "new": "1"}).get_data(as_text=True)
    assert keys.valid(host)[0].secret in made and keys.valid(host)[1].secret not in made
    assert browser.post("/webhooks/keys", data={**given, "host": "evil.test", "new": "1"}).status_code == 404
    actions = db.session.scalars(sa.select(AuditLine.action).where(AuditLine.action.startswith("webhook."))).all()
    assert sorted(actions) == ["webhook.key_made", "webhook.key_shown"]


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
        outgoing.post(url, b"{}", {})
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
        outgoing.post("http://erp.test/", b"{}", {})


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
