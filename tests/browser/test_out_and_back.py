"""What leaves the house and what comes back: a list after an approval, a value behind its mask, a customer's answer."""

import email
import io
import re
from dataclasses import replace
from email import policy
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import expect

from portal import confirmations, jobs, records
from portal.extensions import db
from portal.integrations import takeouts
from portal.security import SYSTEM
from tests import cast

OURS = "远航测试"


def keep(app: Any, entity: str, *rows: dict[str, Any]) -> list[int]:
    """Records of Alice's for one test."""
    with app.app_context():
        owned = [{"owner": cast.find("alice").id, **row} for row in rows]
        saved = records.bulk.save_many(entity, owned, by=SYSTEM)
        db.session.commit()
        db.session.remove()
    assert not saved.problems
    return [id_ for id_ in saved.ids if id_ is not None]


def work(app: Any, kind: str) -> None:
    """Do what waits of one kind, as the worker would."""
    with app.app_context():
        waiting = db.session.query(jobs.Job.id).filter_by(kind=kind, state="queued").order_by(jobs.Job.id).all()
        states = [jobs.run_now(job_id).state for (job_id,) in waiting]
        db.session.remove()
    assert states[-1:] == ["done"]


@pytest.fixture
def strict(live):
    """A site where more than one row needs an approval."""
    app = live[0]
    before = app.config["PORTAL"]
    app.config["PORTAL"] = replace(before, export_rows=1)
    yield app
    app.config["PORTAL"] = before


def test_a_list_leaves_after_an_approval_and_a_mask_is_lifted_for_a_reason(open_as, strict) -> None:
    customer, _other = keep(strict, "customer", *({"name": f"{OURS}{place}有限公司"} for place in "甲乙"))
    who = {"customer": customer, "name": "远航", "id_number": "11010519491231002X"}
    (contact,) = keep(strict, "contact", who)
    alice = open_as("alice", f"/customers?q={OURS}")
    alice.get_by_role("button", name="Export").click()
    alice.get_by_label("What is the list for?").fill("Visits in spring")
    alice.get_by_role("button", name="Ask for approval").click()
    alice.wait_for_url(re.compile(r"/approvals/\d+$"))

    dora = open_as("dora", alice.url)
    expect(dora.locator("main")).to_contain_text("Visits in spring")
    dora.get_by_role("button", name="Approve", exact=True).click()
    dora.wait_for_url("**/approvals/")
    work(strict, takeouts.JOB)

    alice.reload()
    alice.get_by_role("link", name="Your files").click()
    with alice.expect_download() as download:
        alice.get_by_role("link", name="Download").first.click()
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    texts = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert {f"{OURS}甲有限公司", f"{OURS}乙有限公司", "Visits in spring"} <= set(texts)
    assert any("Alice" in text for text in texts)

    erin = open_as("erin", f"/contacts/{contact}")
    erin.get_by_text("All details").click()
    cell = erin.locator(f"#cell-{contact}-id_number")
    expect(cell).not_to_contain_text("19491231")
    cell.get_by_role("link", name=re.compile("Show")).click()
    erin.get_by_label("What do you need it for?").select_option(index=1)
    erin.get_by_label("Note", exact=True).fill("Signs today")
    cell.get_by_role("button", name="Show").click()
    expect(cell).to_contain_text("11010519491231002X")

    dora.goto(f"/contacts/{contact}")
    dora.get_by_role("link", name="Who saw this").click()
    expect(dora.locator("tr", has_text="Signs today")).to_contain_text("Erin")


def test_a_customer_proposes_another_phone_and_the_owner_takes_it(open_as, live) -> None:
    app = live[0]
    to = "boss@yuanhang.example.com"
    (customer,) = keep(app, "customer", {"name": f"{OURS}丙有限公司", "phone": "13800138000", "email": to})
    alice = open_as("alice", f"/customers/{customer}")
    alice.get_by_role("button", name="Ask to confirm").click()
    alice.locator("#confirm-yes").click()
    expect(alice.locator("main")).to_contain_text("The link was not opened yet.")
    work(app, confirmations.POST.job)

    guest = open_as(None, link(app, to))
    expect(guest.locator("main")).to_contain_text("138****8000")
    expect(guest.get_by_role("button", name="All is right")).to_be_visible()
    guest.locator("summary", has_text="Phone").click()
    guest.get_by_label("New: Phone").fill("13900139000")
    expect(guest.get_by_role("button", name="All is right")).to_be_hidden()
    guest.get_by_role("button", name="Send the changes").click()
    expect(guest.get_by_role("heading", name="Thank you")).to_be_visible()

    alice.reload()
    alice.get_by_role("link", name="Compare and decide").click()
    expect(alice.get_by_label("139 0013 9000")).to_be_checked()
    alice.get_by_role("button", name="Take what is chosen").click()
    alice.wait_for_url(f"**/customers/{customer}")
    expect(alice.locator("main")).to_contain_text("139 0013 9000")


def link(app: Any, to: str) -> str:
    """The path of the link in the newest letter to a customer."""
    letters = [
        email.message_from_bytes(file.read_bytes(), policy=policy.default)
        for file in (app.config["PORTAL"].instance / "outbox").glob("*.eml")
    ]
    found = [re.search(r"/c/(\d+)-\S+", letter.get_content()) for letter in letters if letter["To"] == to]
    return max((one for one in found if one), key=lambda one: int(one[1]))[0]
