"""The pages of duplicates: queue, side by side, merge and undo, hints; nobody gets past his rights."""

import pytest
import sqlalchemy as sa

from portal import jobs, records
from portal.duplicates import finding
from portal.duplicates.models import DuplicatePair
from portal.extensions import db


@pytest.fixture(params=["sqlite"])
def engine_name(request) -> str:
    """The pages ask nothing that would differ by engine."""
    return request.param


@pytest.fixture(autouse=True)
def plain(app) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def pair(make, people):
    one = make("customer", by=people.alice, name="苏州瑞祥机械有限公司", phone="13800138000", city="苏州")
    two = make("customer", by=people.alice, name="瑞祥机械", phone="13800138000", remark="<b>老客户</b>")
    assert jobs.run_now(finding.ask().id).state == "done"
    return db.session.scalars(sa.select(DuplicatePair)).one(), one, two


def test_the_queue_shows_pairs_with_reasons(pair, people, as_) -> None:
    page = as_(people.alice).get("/duplicates/").text
    assert "瑞祥机械" in page
    assert "same Phone" in page
    assert f"/duplicates/{pair[0].id}" in page
    assert "From 100 points sure, from 60 perhaps." in page
    empty = as_(people.charlie).get("/duplicates/").text
    assert "瑞祥" not in empty
    assert "Nothing to review" in empty
    for query in (
        "state=merged",
        "state=distinct&verdict=sure",
        "after=x",
        "after=9.9",
        "entity=contact",
        "verdict=perhaps",
    ):
        assert as_(people.alice).get(f"/duplicates/?{query}").status_code == 200


def test_two_are_merged_as_chosen_and_the_old_address_leads_on(pair, people, as_) -> None:
    found, one, two = pair
    client = as_(people.alice)
    page = client.get(f"/duplicates/{found.id}").text
    assert "Keep this one" in page
    assert "&lt;b&gt;" in page
    sent = {"keep": "first", "side.name": "second", "side.remark": "first"}
    answer = client.post(f"/duplicates/{found.id}/merge", data=sent)
    assert answer.status_code == 303
    survivor = records.fetch("customer", one.id, people.alice)
    assert (survivor["name"], survivor["remark"]) == ("瑞祥机械", None)
    assert client.get(f"/customers/{two.id}").headers["Location"] == f"/customers/{one.id}"
    assert client.get(f"/customers/{two.id}?merged=1").status_code == 200
    assert "/duplicates/merges/1" in client.get(f"/customers/{one.id}").text
    assert client.get(f"/duplicates/{found.id}").status_code == 200
    assert "Undo the merge" in client.get("/duplicates/merges/1").text
    assert client.post("/duplicates/merges/1/undo").status_code == 303
    assert not records.fetch("customer", two.id, people.alice).is_archived
    assert client.get(f"/customers/{two.id}").status_code == 200
    assert client.post("/duplicates/merges/1/undo").status_code == 303
    assert "This merge is undone already." in client.get("/duplicates/merges/1").text


def test_kept_apart_and_looked_at_again(pair, people, as_) -> None:
    found, _one, _two = pair
    client = as_(people.alice)
    assert client.post(f"/duplicates/{found.id}/distinction").headers["Location"].startswith("/duplicates/?entity=")
    assert "瑞祥" in client.get("/duplicates/?state=distinct").text
    assert as_(people.bob).post(f"/duplicates/{found.id}/reopening").status_code == 403, "who may not keep apart"
    assert client.post(f"/duplicates/{found.id}/reopening").status_code == 303
    assert "瑞祥" in client.get("/duplicates/").text


def test_strangers_get_nothing(pair, people, as_) -> None:
    found, _one, _two = pair
    client = as_(people.charlie)
    assert client.get(f"/duplicates/{found.id}").status_code == 404
    for act in ("merge", "distinction", "reopening"):
        assert client.post(f"/duplicates/{found.id}/{act}").status_code == 404
    as_(people.alice).post(f"/duplicates/{found.id}/merge", data={"keep": "first"})
    assert client.get("/duplicates/merges/1").status_code == 404
    assert client.post("/duplicates/merges/1/undo").status_code == 404
    bob = as_(people.bob)
    assert bob.get("/duplicates/merges/1").status_code == 200
    assert bob.post("/duplicates/merges/1/undo").status_code == 403


def test_hints_beside_the_form(pair, people, as_) -> None:
    typed = {"name": "瑞祥机械有限公司", "phone": "138 0013 8000", "email": "no"}
    page = as_(people.alice).get("/customers/new").text
    assert 'hx-post="/duplicates/hints/customers"' in page
    told = as_(people.alice).post("/duplicates/hints/customers", data=typed).text
    assert "Is it here already?" in told
    assert "same Phone" in told
    hidden = as_(people.charlie).post("/duplicates/hints/customers", data=typed).text
    assert "There is such a record at another team" in hidden
    assert "瑞祥" not in hidden
    assert as_(people.alice).post("/duplicates/hints/customers", data={"name": "恒达"}).text.strip() == ""


def test_sure_pairs_are_asked_for_as_a_job(pair, people, as_) -> None:
    client = as_(people.alice)
    answer = client.post("/duplicates/merges", data={"entity": "customer"})
    assert answer.headers["Location"].startswith("/jobs/")
    assert client.post("/duplicates/merges", data={"entity": "nothing"}).status_code == 404
    assert client.post("/duplicates/searches").headers["Location"].startswith("/jobs/")
