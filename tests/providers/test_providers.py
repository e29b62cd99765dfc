"""Values from outside, from a real server: beside ours, filled in where empty, and never over what we have."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy as sa

from portal import audit, clock, jobs, providers, records, rules, schema
from portal.extensions import db
from portal.providers import OutsideFetch, OutsideValue
from portal.security import SYSTEM

CODE = "91310000MA1K35YT69"
DOCUMENT = """
provider: register
label: {zh: 工商登记, en: Company register}
on: customer
match: credit_code
url: "http://register.test:PORT/companies/{match}?full=1"
secret: register_key
values: {name: data.name, city: data.place.city, employees: data.staff.0.count, address: data.place.street}
fill: [city, employees]
refresh: 30 days
"""
ANSWER = {"data": {"name": "甲公司", "place": {"city": "上海", "street": "南京路 1 号"}, "staff": [{"count": 120}]}}


class Register:
    """The other system: what it was asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.status, self.body, self.headers = 200, json.dumps(ANSWER).encode(), dict[str, str]()
        self.holds = threading.Event()  # set: the answer comes at once
        self.holds.set()
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, self.headers["Authorization"]))
                outer.holds.wait(20)
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                try:
                    self.wfile.write(outer.body)
                except OSError:
                    return

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.holds.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def register(app: Any, monkeypatch: Any) -> Iterator[Register]:
    """A register on this machine that the operator has allowed, with its secret."""
    app.config["WTF_CSRF_ENABLED"] = False
    server, real = Register(), socket.getaddrinfo
    told = {"webhook_hosts": f"register.test:{server.port}", "webhook_networks": "127.0.0.1/32"}
    told["provider_secrets"] = "other=1; register_key=s3cret"
    app.config["PORTAL"] = replace(app.config["PORTAL"], **told)
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *more, **named: real("127.0.0.1" if host == "register.test" else host, *more, **named),
    )
    publish(DOCUMENT.replace("PORT", str(server.port)))
    yield server
    server.close()


def publish(text: str) -> None:
    schema.releases.publish_document("providers/register.yml", text, by=SYSTEM, note="test")
    db.session.commit()


def look(customer: Any) -> str:
    """Let the worker ask about a customer."""
    job = providers.asking.ask(schema.current().providers["register"], customer.id)
    db.session.commit()
    done = jobs.run_now(job.id)
    assert done.state == "done", done.error
    db.session.expire_all()
    return str(done.result)


def states(customer: Any) -> dict[str, str]:
    db.session.expire_all()
    found = sa.select(OutsideValue.field, OutsideValue.state).where(OutsideValue.record_id == customer.id)
    return dict(db.session.execute(found).all())


@pytest.fixture
def customer(make: Any, people: Any) -> Any:
    return make("customer", name="甲公司有限", credit_code=CODE, address="淮海路 2 号", owner=people.alice.id)


def test_empty_fields_are_filled_and_what_differs_waits(register: Any, customer: Any) -> None:
    assert look(customer) == "answered"
    assert register.asked == [(f"/companies/{CODE}?full=1", "Bearer s3cret")]
    saved = records.fetch("customer", customer.id, SYSTEM)
    assert (saved["name"], saved["city"], saved["employees"], saved["address"]) == (
        "甲公司有限",
        "上海",
        120,
        "淮海路 2 号",
    )
    assert states(customer) == {"name": "differs", "city": "filled", "employees": "filled", "address": "differs"}
    names = {line.by_name for line in db.session.scalars(audit.lines(entity="customer", record_id=customer.id))}
    assert names & {"工商登记", "Company register"}
    assert "南京路" not in str(db.session.scalars(sa.select(sa.type_coerce(OutsideValue.value, sa.Text))).all())


def test_theirs_is_taken_or_ours_kept_until_theirs_changes(register: Any, customer: Any, people: Any, as_: Any) -> None:
    look(customer)
    alice = as_(people.alice)
    rows = dict(db.session.execute(sa.select(OutsideValue.field, OutsideValue.id)).all())
    page = alice.get(f"/customers/{customer.id}/outside").text
    assert "甲公司有限" in page
    assert "Company register" in page
    assert "甲公司有限" in alice.get("/outside/").text
    assert as_(people.charlie).post(f"/outside/{rows['name']}/decision", data={"way": "theirs"}).status_code == 404
    assert alice.post("/outside/", data={"way": "theirs", "_pick": [rows["name"]]}).status_code == 303
    assert records.fetch("customer", customer.id, SYSTEM)["name"] == "甲公司"
    alice.post(f"/outside/{rows['address']}/decision", data={"way": "ours"})
    look(customer)
    assert states(customer) == {"name": "same", "city": "filled", "employees": "filled", "address": "kept"}
    moved = {"data": {**ANSWER["data"], "place": {"city": "上海", "street": "延安路 3 号"}}}
    register.body = json.dumps(moved).encode()
    look(customer)
    assert states(customer)["address"] == "differs"
    records.save(records.fetch("customer", customer.id, SYSTEM), {"address": "延安路 3 号", "city": "北京"}, by=SYSTEM)
    assert (states(customer)["address"], states(customer)["city"]) == ("same", "differs")
    shown = alice.get(f"/customers/{customer.id}").text
    assert "knows it otherwise" in shown


BAD: tuple[tuple[int, bytes, dict[str, str], str], ...] = (
    (500, b"{}", {}, "HTTP 500"),
    (200, b'{"data": ', {}, "not JSON"),
    (200, b"[" * 100_000, {}, "not JSON"),
    (200, b'"' + b"x" * (2 << 20) + b'"', {}, "too large"),
    (302, b"", {"Location": "http://169.254.169.254/latest"}, "HTTP 302"),
)
ONE_ENGINE = pytest.mark.parametrize("engine_name", ["sqlite"])


@ONE_ENGINE
def test_a_bad_answer_changes_nothing_and_is_asked_for_again(register: Any, customer: Any) -> None:
    for tries, (status, body, headers, told) in enumerate(BAD[:4], 1):
        register.status, register.body, register.headers = status, body, headers
        assert look(customer) == told
        assert states(customer) == {}
        asked = db.session.scalars(sa.select(OutsideFetch)).one()
        assert (asked.answer, asked.tries) == (told, tries)
        again = sa.select(jobs.Job.not_before).where(jobs.Job.kind == providers.asking.JOB, jobs.Job.state == "queued")
        later = list(db.session.scalars(again))
        assert len(later) == tries
        assert all(moment is not None and moment > clock.now() for moment in later)
    register.status, register.body, register.headers = BAD[4][:3]
    before = len(register.asked)
    assert look(customer) == BAD[4][3]
    assert len(register.asked) == before + 1


@ONE_ENGINE
def test_a_slow_answer_is_given_up(register: Any, customer: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(rules.webhooks.outgoing, "SECONDS", 0.3)
    register.holds.clear()
    assert look(customer) in ("TimeoutError", "too slow")
    assert states(customer) == {}


@ONE_ENGINE
def test_strange_values_stay_outside(register: Any, customer: Any) -> None:
    strange = {"data": {"name": {"a": 1}, "place": "x", "staff": [{"count": "many"}]}}
    register.body = json.dumps(strange).encode()
    assert look(customer) == "answered"
    assert states(customer) == {"employees": "unreadable"}
    register.status = 404
    assert look(customer) == "answered"
    assert states(customer) == {}


@ONE_ENGINE
def test_nobody_is_asked_whom_the_operator_does_not_allow(app: Any, register: Any, customer: Any) -> None:
    app.config["PORTAL"] = replace(app.config["PORTAL"], webhook_networks="")
    assert look(customer) == "refused: network"
    app.config["PORTAL"] = replace(app.config["PORTAL"], webhook_hosts="")
    assert look(customer) == "refused: list"
    app.config["PORTAL"] = replace(
        app.config["PORTAL"], webhook_hosts=f"register.test:{register.port}", provider_secrets=""
    )
    assert look(customer) == "refused: secret"
    assert register.asked == []


def test_the_clock_asks_about_what_is_due(register: Any, customer: Any, make: Any) -> None:
    make("customer", name="没有代码")
    db.session.commit()
    assert providers.asking.refresh() == 1
    look(customer)
    assert providers.asking.refresh() == 0
    with db.session.begin_nested():
        db.session.scalars(sa.select(OutsideFetch)).one().next_at = clock.now() - timedelta(days=1)
    db.session.commit()
    assert providers.asking.refresh() == 1
