"""The page of the data keys, and the commands."""

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from portal import audit, jobs
from portal.cli import commands
from portal.extensions import db
from portal.jobs import Job
from portal.records import resealing
from tests.records.sealed import CARD, with_sealed

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def test_an_administrator_replaces_the_key(app, people, as_, make):
    app.config["WTF_CSRF_ENABLED"] = False
    admin = as_(people.admin)
    assert "The first key is made" in admin.get("/keys/").text
    customer = make("customer", by=people.alice, name="华信通达")
    make("contact", by=people.alice, name="张三", customer=customer.id, id_number=CARD)
    assert "AES-256-GCM" in admin.get("/keys/").text
    assert as_(people.dora).post("/keys/").status_code == 403
    assert admin.post("/keys/").status_code == 303
    assert "0 of 0 values" in admin.get("/keys/", headers={"HX-Request": "true", "HX-Target": "keys"}).text
    (line,) = db.session.scalars(audit.lines(action="key.rotated"))
    assert (line.by_id, line.data) == (people.admin.id, {"key": 2})
    job_id = db.session.scalar(sa.select(Job.id).where(Job.kind == resealing.JOB))
    assert jobs.run_now(job_id).result == {"current": 2, "retired": 1}
    text = admin.get("/keys/").text
    assert "Retired" in text and "values are sealed with the new key" not in text
    assert len(list(db.session.scalars(audit.lines(action="key.retired")))) == 1


def test_a_field_that_is_opened_is_followed_there(app, people, as_, make):
    with_sealed()
    make("customer", name="华信通达", private="x")
    with_sealed(encrypted=False)
    page = as_(people.admin).get("/keys/").text
    assert "Being opened" in page and "values are sealed with the new key or opened" in page
    job_id = db.session.scalar(sa.select(Job.id).where(Job.kind == resealing.JOB))
    assert jobs.run_now(job_id).state == "done"
    assert "Being opened" not in as_(people.admin).get("/keys/").text


def test_the_commands(app, settings, make, people, monkeypatch):
    customer = make("customer", by=people.alice, name="华信通达")
    make("contact", by=people.alice, name="张三", customer=customer.id, id_number=CARD)
    db.session.commit()
    here = {
        "PORTAL_MODE": "test",
        "PORTAL_INSTANCE": str(settings.instance),
        "PORTAL_DATABASE_URL": settings.database_url,
    }
    here |= {"REDIS_URL": settings.redis_url, "PORTAL_CIPHER": "sm4-gcm"}
    rotated = CliRunner().invoke(commands, ["keys", "rotate"], env=here)
    assert rotated.exit_code == 0 and rotated.output.startswith("Key 2 seals new values; job ")
    listed = CliRunner().invoke(commands, ["keys", "list"], env=here).output.splitlines()
    assert [line.split()[:3] for line in listed] == [["2", "current", "sm4-gcm"], ["1", "old", "aes-256-gcm"]]
    assert [line.split()[-1] for line in listed] == ["0", "2"]  # the value, and that of the audit log
