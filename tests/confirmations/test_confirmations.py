"""A customer confirms the own details: one letter, one link, one answer, and nothing said to anybody else."""

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from portal import audit, clock, confirmations, jobs, records, schema
from portal.confirmations.models import Confirmation
from portal.errors import Invalid
from portal.extensions import db, transaction
from portal.mail import Notice
from portal.rules.workflows import WorkflowRun
from portal.security import SYSTEM
from tests.rules.stage import settle


@pytest.fixture(autouse=True)
def plain(app: Any) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def customer(make: Any, people: Any) -> Any:
    values = {"phone": "13800138000", "email": "li@kehu.example.com", "city": "上海", "credit_rating": "aaa"}
    return make("customer", name="甲公司", owner=people.alice.id, **values)


def asked(customer: Any, by: Any) -> Confirmation:
    """Ask, and let the worker send the letter."""
    one = confirmations.asking.ask(records.fetch("customer", customer.id, by, "edit"), by=by)
    db.session.commit()
    job = db.session.scalar(sa.select(sa.func.max(jobs.Job.id)).where(jobs.Job.kind == confirmations.POST.job))
    assert jobs.run_now(job).result == "sent"
    return one


def link(app: Any) -> str:
    """The path of the link in the newest letter of the outbox."""
    folder = app.config["PORTAL"].instance / "outbox"
    newest = max(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    import email
    from email import policy

    letter = email.message_from_bytes(newest.read_bytes(), policy=policy.default)
    assert letter["To"] == "li@kehu.example.com"
    body = letter.get_content()
    found = re.search(r"http://[^/]+(/c/\S+)", body)
    assert found
    said = body.replace(found[1], "")  # random letters, which may well hold a 138
    assert "甲公司" not in said
    assert "138" not in said
    return found[1]


def test_all_right_is_stamped_and_the_link_is_used_up(app: Any, customer: Any, people: Any) -> None:
    asked(customer, people.alice)
    guest, path = app.test_client(), link(app)
    page = guest.get(path)
    assert page.status_code == 200
    assert "甲公司" in page.text
    assert "13800138000" not in page.text
    assert "li@kehu" not in page.text
    assert "AAA" not in page.text
    headers = page.headers
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert guest.post(path, data={"city": "上海"}).status_code == 200
    saved = records.fetch("customer", customer.id, SYSTEM)
    assert saved["confirmed_on"] == clock.today()
    names = {line.by_name for line in db.session.scalars(audit.lines(entity="customer", record_id=customer.id))}
    assert names & {"customer by link", "客户通过链接"}
    again = guest.post(path, data={"city": "北京"})
    assert again.status_code == guest.get(path).status_code == 410
    assert records.fetch("customer", customer.id, SYSTEM)["city"] == "上海"
    assert db.session.scalars(sa.select(Notice.person_id)).all() == [people.alice.id]


def test_a_change_waits_for_the_owner_who_takes_it_value_by_value(
    app: Any, customer: Any, people: Any, as_: Any
) -> None:
    one = asked(customer, people.alice)
    owner, at = as_(people.alice), f"/customers/{customer.id}"
    assert at in owner.get("/confirmations/").text
    assert at not in as_(people.charlie).get("/confirmations/").text
    guest, path = app.test_client(), link(app)
    wrong = guest.post(path, data={"city": "上海", "phone": "12"})
    assert wrong.status_code == 422
    assert guest.post(path, data={"city": "北京", "phone": "13900139000", "name": "乙公司"}).status_code == 200
    before = records.fetch("customer", customer.id, SYSTEM)
    assert (before["city"], before["phone"], before["confirmed_on"]) == ("上海", "+8613800138000", None)
    db.session.expire_all()
    held = str(db.session.scalars(sa.select(sa.type_coerce(Confirmation.proposal, sa.Text))).one())
    assert not [told for told in ("13900139000", "北京", "乙公司") if told in held]
    for where in (at, "/confirmations/"):
        assert f'href="/confirmations/{one.id}"' in owner.get(where).text
    page = owner.get(f"/confirmations/{one.id}").text
    assert "北京" in page
    assert as_(people.charlie).get(f"/confirmations/{one.id}").status_code == 404
    told = {"take.city": "ours", "take.phone": "theirs", "take.name": "theirs", "_version": before.version}
    assert owner.post(f"/confirmations/{one.id}", data=told).status_code == 303
    after = records.fetch("customer", customer.id, SYSTEM)
    assert (after["city"], after["phone"], after["name"]) == ("上海", "+8613900139000", "甲公司")
    assert after["confirmed_on"] == clock.today()
    lines = db.session.scalars(audit.lines(entity="customer", record_id=customer.id)).all()
    assert any(line.action == "record.changed" and line.by_name.startswith("Alice · ") for line in lines)
    assert owner.get(f"/confirmations/{one.id}").status_code == 404


def test_customers_picked_in_a_list_are_asked(customer: Any, people: Any, as_: Any) -> None:
    owner = as_(people.alice)
    picks = re.findall(r'name="_pick" value="([^"]+)"', owner.get("/customers").text)
    assert len(picks) == 1
    assert owner.post("/customers/confirmations", data={"_pick": picks}).status_code == 303
    assert db.session.scalars(sa.select(Confirmation.record_id)).all() == [customer.id]


def test_straight_changes_go_in_at_once(app: Any, customer: Any, people: Any) -> None:
    path = "confirmations/customer.yml"
    text = schema.releases.documents(schema.releases.current_number())[path] + "\nstraight: true\n"
    schema.releases.publish_document(path, text, by=SYSTEM, note="test")
    asked(customer, people.alice)
    assert app.test_client().post(link(app), data={"city": "北京"}).status_code == 200
    assert records.fetch("customer", customer.id, SYSTEM)["city"] == "北京"


def test_links_that_are_forged_over_replaced_or_misdirected_open_nothing(app: Any, customer: Any, people: Any) -> None:
    one = asked(customer, people.alice)
    guest, path = app.test_client(), link(app)
    said, _, signature = path.rpartition(".")
    # The first letter: the last one carries two bits, and every fourth letter there means the same signature.
    forged = f"{said}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    misdirected = path.replace(f"/c/{one.id}-", f"/c/{one.id + 1}-")
    for wrong in (forged, misdirected, "/c/1", f"/c/{one.id}-x.y", "/c/%E5%AE%A2"):
        answer = guest.get(wrong)
        assert answer.status_code == 404
        assert "甲公司" not in answer.text
    with pytest.raises(Invalid):
        confirmations.asking.ask(records.fetch("customer", customer.id, people.alice, "edit"), by=people.alice)
    with time_machine.travel(clock.now() + timedelta(days=15), tick=False):
        assert guest.get(path).status_code == 410
        asked(customer, people.alice)
    assert guest.get(path).status_code == 410
    newer = link(app)
    assert guest.get(newer).status_code == 200
    records.save(records.fetch("customer", customer.id, SYSTEM), {"email": "wu@kehu.example.com"}, by=SYSTEM)
    assert guest.get(newer).status_code == 410


def test_a_letter_that_may_be_out_is_not_sent_again(app: Any, customer: Any, people: Any) -> None:
    one = confirmations.asking.ask(records.fetch("customer", customer.id, people.alice, "edit"), by=people.alice)
    with transaction():
        one.state = "sending"
        job = jobs.enqueue(confirmations.POST.job, {"letter": one.id})
    assert jobs.run_now(job.id).result == "uncertain"
    assert not (app.config["PORTAL"].instance / "outbox").exists()
    assert app.test_client().get(f"/c/{confirmations.POST.links.token(one)}").status_code == 200


def test_many_are_asked_within_reach_and_with_an_address(app: Any, customer: Any, people: Any, make: Any) -> None:
    bare = make("customer", name="乙公司", owner=people.alice.id)
    other = make("customer", name="丙公司", owner=people.charlie.id, email="c@kehu.example.com")
    ids = [customer.id, bare.id, other.id]
    assert confirmations.asking.ask_many("customer", ids, by=people.alice) == (1, 2)


FLOW = """
workflow: refresh
label: Refresh
on: customer
trigger: {event: created}
steps: [{confirm: {confirmation: customer}}]
"""


def test_a_workflow_asks(app: Any, people: Any, make: Any) -> None:
    schema.releases.publish_document("workflows/refresh.yml", FLOW, by=SYSTEM, note="test")
    settle()
    make("customer", name="甲公司", email="li@kehu.example.com")
    settle()
    assert db.session.scalars(sa.select(WorkflowRun.state).where(WorkflowRun.workflow == "refresh")).all() == ["done"]
    assert db.session.scalars(sa.select(Confirmation.address)).all() == ["li@kehu.example.com"]
