"""S17: what stands in encrypted fields is nowhere to be read: not in the database, its log, a backup, Redis."""

import io
import os
import random
import tarfile
import zipfile
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from portal import jobs, records, rules, schema
from portal.backups import making
from portal.duplicates import merging, parting
from portal.extensions import db, redis_client
from portal.fields.resident_id import ResidentId
from portal.integrations import imports, takeouts, undoing
from portal.security import SYSTEM
from tests.faults.figures import FULL, figures
from tests.records.sealed import with_sealed

PEOPLE = int(os.environ.get("SEALED_CANARIES", "340" if FULL else "8"))  # three canaries each
SQLITE = ("portal.db", "portal.db-wal", "backup")
CONTROL = "KONTROLLE"  # stands in a field that is not encrypted: the search must find it


class Canaries:
    """Values that no other row has."""

    def __init__(self) -> None:
        self.rng = random.Random(17)
        self.seen: list[str] = []

    def values(self) -> dict[str, str]:
        card = ResidentId().sample(self.rng)
        phone = f"+8613{self.rng.randrange(10**9):09d}"
        private = f"CANARY{self.rng.getrandbits(64):016x}"
        self.seen += [card, phone[3:], private]
        return {"card": card, "mobile": phone, "private": private}


@pytest.fixture
def canaries(app, people, tmp_path, caplog):
    """Write them by every usual door."""
    with_sealed()
    found = Canaries()
    many = [{"name": f"{CONTROL} {n}", "city": "上海", **found.values()} for n in range(PEOPLE)]
    ids = records.bulk.save_many("customer", many, by=people.alice).ids
    for id_ in ids[: PEOPLE // 2]:
        record = records.fetch("customer", id_, people.alice, "edit")
        records.save(record, found.values(), by=people.alice)
    merged = [
        merging.merge("customer", ids[at], ids[at + 1], by=people.alice, sides={"card": "theirs"}) for at in (0, 2)
    ]
    parting.part(merged[0].id, by=people.alice)
    records.archive(records.fetch("customer", ids[4], people.alice, "archive"), by=people.alice)
    bring_in(found, people.alice)
    ask_leave(found, ids[-2:], people)
    return found


def ask_leave(found, ids, people):
    """A value for many and a list of some, both of which somebody else approves."""
    entity = schema.current().entities["customer"]
    given = found.values()
    private, mobile = given["private"], given["mobile"]
    picked = [(id_, None) for id_ in ids]
    change = rules.bulk_changes.request(entity, picked, entity.fields["private"], private, "all the same", people.alice)
    ask = takeouts.Ask("customer", "xlsx", ("name", "mobile"), (("mobile", mobile),), reason="whoever it is")
    for approval in (change, takeouts.request(ask, people.alice, 1)):
        rules.approvals.decisions.decide(approval.id, people.dora, is_yes=True, comment="")
    db.session.commit()
    kinds = (rules.bulk_changes.JOB, takeouts.JOB)
    assert [jobs.run_now(jobs.Job.newest(kind).id).state for kind in kinds] == ["done", "done"]
    long = takeouts.begin(takeouts.Ask("customer", "csv", ("name",), (("f.mobile", mobile),)), people.alice).id
    db.session.commit()
    made = jobs.run_now(long)
    assert (made.state, made.result["rows"]) == ("done", 0), "the list of nobody with that number"


def bring_in(found, by):
    """An import with rows that are refused and rows that change, undone in the end."""
    rows = [found.values() for _ in range(PEOPLE)]
    rows[1]["card"] = rows[1]["card"][:6] + "99999999" + rows[1]["card"][14:]  # no such day: refused, and told why
    found.seen.append(rows[1]["card"])
    lines = ["姓名,身份证号,手机,私密"]
    lines += [f"{CONTROL} neu {at},{row['card']},{row['mobile']},{row['private']}" for at, row in enumerate(rows)]
    entity = schema.current().entities["customer"]
    plan = imports.begin(entity, io.BytesIO("\n".join(lines).encode()), "people.csv", by)
    imports.set_columns(plan, {0: "name", 1: "card", 2: "mobile", 3: "private"}, by)
    plan_id = plan.id
    jobs.run_now(plan.job_id)
    plan = db.session.get_one(type(plan), plan_id, populate_existing=True)
    assert plan.checked["problems"]
    imports.start(plan, by)
    assert jobs.run_now(plan.job_id).state == "done"
    plan = db.session.get_one(type(plan), plan_id, populate_existing=True)
    undoing.start(plan, by)
    assert jobs.run_now(plan.job_id).state == "done"


def everything(app, tmp_path, engine_name):
    """Name and bytes of all that is kept outside of the process."""
    for path in tmp_path.rglob("*"):  # database, its log, stored files
        if path.is_file() and path.suffix != ".gz":
            yield path.name, path.read_bytes()
            yield from unpacked(path)
    if engine_name == "postgresql":
        yield from postgresql()
    file = tmp_path / "all.tar.gz"
    making.write(file, app.config["PORTAL"])
    with tarfile.open(file) as tar:
        for member in tar:
            yield f"backup {member.name}", tar.extractfile(member).read()
    redis = redis_client()
    for key in redis.scan_iter():
        yield f"redis {key!r}", key + (redis.dump(key) or b"")


def unpacked(path):
    """What a workbook holds, which lies there compressed."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as book:
            for name in book.namelist():
                yield f"{path.name} {name}", book.read(name)


def postgresql():
    """Every table as COPY tells it, and the files of the server."""
    address = db.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        ours = "relkind = 'r' AND relnamespace = 'public'::regnamespace"
        tables = connection.execute(f"SELECT relname FROM pg_class WHERE {ours}")
        for (table,) in tables.fetchall():
            with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                yield f"copy {table}", b"".join(bytes(block) for block in copy)
        folder = Path(connection.execute("SHOW data_directory").fetchone()[0])
        number = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()[0]
    for kind, paths in (("data", (folder / "base" / str(number)).iterdir()), ("log", (folder / "pg_wal").glob("0*"))):
        for path in paths:
            yield f"{kind} {path.name}", path.read_bytes()


@pytest.mark.fault
def test_nothing_is_to_be_read(canaries, app, tmp_path, engine_name, caplog):
    db.session.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))  # backups say which
    db.session.commit()
    wanted = [text.encode() for text in canaries.seen]
    found, controls = [], set()
    for name, held in everything(app, tmp_path, engine_name):
        controls |= {name} if CONTROL.encode() in held else set()
        found += [(name, one.decode()) for one in wanted if one in held]
    for place in ("copy record_customer", "data", "log", "backup") if engine_name == "postgresql" else SQLITE:
        assert any(name.startswith(place) for name in controls), f"what is not encrypted is to be read in the {place}"
    assert found == []
    assert not any(text in caplog.text for text in canaries.seen)
    figures(f"S17 {engine_name}: {len(wanted)} canaries, {len(found)} found")
    # … and yet all of it is there.
    entity = schema.current().entities["customer"]
    kept = {record["private"] for record in records.search("customer", SYSTEM, limit=5000)}
    assert len(kept) > PEOPLE // 2 and all(text is None or text.startswith("CANARY") for text in kept)
    assert entity.sealed
