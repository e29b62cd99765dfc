"""F1, F4, F5, F14: what happens to the portal as people meet it, while its parts are taken away from under it."""

import os
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import psutil
import pytest
import sqlalchemy as sa

from portal.extensions import db
from tests.faults.figures import FULL, figures
from tests.faults.site import Answer, Visitor, until
from tests.faults.stand import Stand, check_all_is_whole

pytestmark = [pytest.mark.fault, pytest.mark.long]

KILLS = int(os.environ.get("F1_KILLS", "200" if FULL else "2"))
WRITES = int(os.environ.get("F1_WRITES", "10000" if FULL else "60"))
RESTARTS, LOCKED = (20, 10.0) if FULL else (2, 1.5)
WRITERS, SECONDS = 50, 60.0 if FULL else 2.0
CLIENTS = 8
BACK = 10 if FULL else 60  # seconds; what full size promises of an idle machine is no promise of a crowded one
SQLITE = pytest.mark.parametrize("served", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("served", ["postgresql"], indirect=True)


class Crowd:
    """People who send forms, each with a key of its own, until every one of them is taken."""

    def __init__(self, served: Stand, what: str) -> None:
        self.served, self.what, self.done = served, what, dict[str, str]()
        self.stopped = threading.Event()
        self.visitors = [served.visitor() for _ in range(CLIENTS)]

    def write(self, number: int, meanwhile: Callable[[], object]) -> float:
        """Send so many forms, and do something to the portal meanwhile; says how long it took."""
        began = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as pool:
            running = [pool.submit(self._all, visitor, at, number) for at, visitor in enumerate(self.visitors)]
            try:
                meanwhile()
            except BaseException:
                self.stopped.set()
                raise
            for one in running:
                one.result()
        return time.monotonic() - began

    def _all(self, visitor: Visitor, first: int, number: int) -> None:
        for at in range(first, number, CLIENTS):
            if self.stopped.is_set():
                return
            name = f"{self.what} {at}"
            form = {"name": name, "phone": f"138{at:08d}", "_once": f"{self.what}-form-number-{at:06d}"}
            self.done[name] = visitor.insist("/customers/new", **form).location


def test_kills_of_web_processes_while_people_write(served: Stand) -> None:
    crowd, rng = Crowd(served, "F1"), random.Random(1)

    def kill_again_and_again() -> None:
        for kill in range(1, KILLS + 1):
            goal = kill * WRITES // (KILLS + 1)
            until(lambda goal=goal: len(crowd.done) >= goal and kill_one(), 300, f"{goal} forms")

    def kill_one() -> bool:
        """Whether there was one to kill: another may just be starting in the place of the last."""
        with suppress(IndexError, psutil.NoSuchProcess):
            rng.choice(served.site.web()).kill()
            return True
        return False

    seconds = crowd.write(WRITES, kill_again_and_again)
    check_all_is_whole(served.app, crowd.done, "F1")
    figures(
        f"F1 {served.engine}: {KILLS} kills -9 of web processes, {WRITES} forms in {seconds:.0f} s: "
        "0 acknowledged lost, 0 twice, 0 half-written"
    )


@POSTGRESQL
def test_restarts_of_the_database_while_people_write(served: Stand) -> None:
    assert served.server is not None
    server, crowd, back = served.server, Crowd(served, "F4"), list[float]()
    reader, forms = served.visitor(), RESTARTS * 20

    def restart_again_and_again() -> None:
        for time_ in range(1, RESTARTS + 1):
            goal = time_ * forms // (RESTARTS + 1)
            until(lambda goal=goal: len(crowd.done) >= goal, 300, f"{goal} forms")
            server.stop(signal.SIGQUIT)
            page = reader.get("/customers")
            assert page.status == 503 and "数据库" in page.text and 'http-equiv="refresh"' in page.text
            server.start()
            back.append(until(lambda: reader.get("/customers").status == 200, BACK, "a page"))

    crowd.write(forms, restart_again_and_again)
    check_all_is_whole(served.app, crowd.done, "F4")
    figures(
        f"F4 postgresql: {RESTARTS} immediate restarts, {forms} forms: 0 acknowledged lost, 0 twice; "
        f"pages are back after at most {max(back):.1f} s"
    )


@SQLITE
def test_a_lock_held_by_another_process_is_waited_for(served: Stand) -> None:
    crowd, reader, reads = Crowd(served, "F4"), served.visitor(), list[float]()

    def lock() -> None:
        path = served.app.config["PORTAL"].database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            end = time.monotonic() + LOCKED
            while time.monotonic() < end:
                page = reader.get("/customers")
                assert page.status == 200
                reads.append(page.seconds)
            other.execute("ROLLBACK")

    seconds = crowd.write(CLIENTS // 2, lock)
    check_all_is_whole(served.app, crowd.done, "F4")
    figures(
        f"F4 sqlite: locked by another process for {LOCKED:.0f} s, writers wait and are saved after {seconds:.1f} s, "
        f"{len(reads)} pages read meanwhile, the slowest in {max(reads):.2f} s"
    )


def test_a_full_disk_is_told_and_heals(served: Stand) -> None:
    if served.disk is None and served.engine == "postgresql":
        pytest.skip("no file system may be mounted here, and PostgreSQL's own processes take no limit from us")
    visitor, done = served.visitor(), dict[str, str]()

    def form(at: int) -> dict[str, str]:
        return {"name": f"F5 {at}", "remark": f"{at}" + "长" * 4000, "_once": f"F5-form-number-{at:06d}"}

    done["F5 0"] = visitor.insist("/customers/new", **form(0)).location
    if served.engine == "sqlite":
        with served.app.app_context(), db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert upload(visitor).status in (303, 422)
    with served.no_room() as how:
        at, answer = 0, None
        while answer is None or answer.status == 303:
            at += 1
            answer = visitor.post("/customers/new", **form(at))
            done |= {f"F5 {at}": answer.location} if answer.status == 303 else {}
            assert at < 2000, "the disk does not fill"
        assert answer.status == 507 and "no room left" in answer.text and "长" * 4000 in answer.text
        assert visitor.get("/customers").status == visitor.get(done["F5 0"]).status == 200, "reading goes on"
        # The server may hang up before a large body is through, and without a disk of its own it always may.
        sent = [upload(visitor)]
        until(lambda: served.disk is None or sent[-1].status or sent.append(upload(visitor)), BACK, "an answer")
        assert (sent[-1].status == 507 and "no room left" in sent[-1].text) or (
            served.disk is None and not sent[-1].status
        )
    seconds = until(lambda: visitor.post("/customers/new", **form(at)).status == 303, BACK, "room again")
    done[f"F5 {at}"] = visitor.insist("/customers/new", **form(at)).location
    check_all_is_whole(served.app, done, "F5")
    instance = served.app.config["PORTAL"].instance
    begun = [path for path in instance.rglob(".upload*/*") if path.is_file()] + list(instance.rglob(".upload-*"))
    assert not begun and not list((instance / "tmp").iterdir())
    if served.engine == "sqlite":
        with served.app.app_context():
            assert db.session.execute(sa.text("PRAGMA integrity_check")).scalar() == "ok"
            db.session.remove()
    figures(
        f"F5 {served.engine}: disk full ({how}): 507 in words with the typed text, pages 200, no file left, "
        f"saved again {seconds:.1f} s after there was room"
    )


def upload(visitor: Visitor) -> Answer:
    """A file that is larger than what is kept in memory while a form is read."""
    mark = "a-border-between-parts"
    head = f'--{mark}\r\nContent-Disposition: form-data; name="entity"\r\n\r\ncustomer\r\n'
    head += f'--{mark}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{visitor.token}\r\n'
    head += f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    body = head.encode() + b"\0" * 2_000_000 + f"\r\n--{mark}--\r\n".encode()
    return visitor.post("/imports/", body=body, kind=f"multipart/form-data; boundary={mark}")


@SQLITE
def test_fifty_write_at_once(served: Stand) -> None:
    visitors = [served.visitor(("alice", "bob", "dora", "charlie")[at % 4]) for at in range(WRITERS)]
    answers, locked, slowest = Counter[int](), list[str](), [0.0]
    done, gate = dict[str, str](), threading.Barrier(WRITERS)

    def write(client: int) -> None:
        visitor, number = visitors[client], 0
        visitor.get("/customers/new")
        gate.wait(120)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            number += 1
            name = f"F14 {client}-{number}"
            answer = visitor.post("/customers/new", name=name, _once=f"F14-form-of-{client:03d}-{number:06d}")
            answers[answer.status] += 1
            slowest[0] = max(slowest[0], answer.seconds)
            done[name] = answer.location
            locked.extend([answer.text] if "locked" in answer.text else [])

    with ThreadPoolExecutor(WRITERS) as pool:
        for one in [pool.submit(write, client) for client in range(WRITERS)]:
            one.result()
    assert not locked and set(answers) == {303}, answers
    check_all_is_whole(served.app, done, "F14")
    figures(
        f"F14 sqlite: {WRITERS} writers for {SECONDS:.0f} s, {len(done)} forms saved "
        f"({len(done) / SECONDS:.0f} a second), slowest {slowest[0]:.1f} s: 0 “database is locked” shown"
    )
