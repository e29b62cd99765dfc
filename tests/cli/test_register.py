"""The register of the demo: another system on this machine, asked like any other."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from portal import jobs, providers, records, schema
from portal.cli import register, up
from portal.cli.demo import register as book
from portal.extensions import db
from portal.security import SYSTEM
from portal.settings import Settings

CODE, OTHER = "91310000MA1K35YT69", "91330106U0UDU95GRP"
COMPANY = {"name": "甲股份有限公司", "address": "", "staff": 12, "site": "https://www.jia.example.com"}


@pytest.fixture
def asked() -> Iterator[int]:
    """The port of a register that knows one company."""
    server = register.server(0, {CODE: COMPANY})
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def allow(app: Any, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """As the launcher does it for its children."""
    folder = app.config["PORTAL"].instance
    (folder / register.FILE).write_text(json.dumps({"port": port, "companies": {CODE: COMPANY}}), "utf-8")
    monkeypatch.setenv("PORTAL_INSTANCE", str(folder))
    monkeypatch.setenv("PORTAL_WEBHOOK_HOSTS", "erp.example.cn")
    monkeypatch.delenv("PORTAL_WEBHOOK_NETWORKS", raising=False)
    assert up.may_ask_register(Settings.from_environment())
    found = Settings.from_environment()
    assert (found.webhook_hosts, found.webhook_networks) == (f"erp.example.cn,127.0.0.1:{port}", "127.0.0.1/32")
    monkeypatch.setitem(app.config, "PORTAL", found)


def test_the_register_is_asked_like_any_other_system(
    app: Any, make: Any, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(app, monkeypatch, asked)
    path, text = next(iter(book.documents().items()))
    port = text.partition(f"{register.HOST}:")[2].partition("/")[0]
    schema.releases.publish_document(path, text.replace(port, str(asked)), by=SYSTEM, note="test")
    noun = schema.current().providers[book.KEY]
    known, unknown = (
        make("customer", name=name, credit_code=code) for name, code in (("甲有限公司", CODE), ("乙有限公司", OTHER))
    )
    db.session.commit()
    for one in (known, unknown):
        job = providers.asking.ask(noun, one.id)
        db.session.commit()
        assert providers.asking.is_asked("customer", one.id)
        assert jobs.run_now(job.id).result == "answered"
        assert not providers.asking.is_asked("customer", one.id)
    states = db.session.execute(sa.select(providers.OutsideValue.field, providers.OutsideValue.state)).all()
    assert sorted(map(tuple, states)) == [("employees", "differs"), ("name", "differs"), ("website", "filled")]
    assert records.fetch("customer", known.id, SYSTEM)["website"] == COMPANY["site"]


def test_without_demo_data_nothing_more_may_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_INSTANCE", str(tmp_path))
    before = Settings.from_environment()
    assert not up.may_ask_register(before)
    assert Settings.from_environment() == before
