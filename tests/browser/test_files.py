"""Files dropped on a customer: listed at once, looked at in the drawer, removed and brought back; also on a phone."""

import io
import re

from PIL import Image
from playwright.sync_api import expect

from portal import jobs, records
from portal.extensions import db


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (1200, 800), "steelblue").save(made, "PNG")
    return made.getvalue()


def examine(app) -> None:
    with app.app_context():
        waiting = db.session.query(jobs.Job.id).filter_by(kind=records.examination.JOB, state="queued")
        for (job_id,) in waiting.all():
            jobs.run_now(job_id)
        db.session.remove()


DROP = """(panel) => {
  const held = new DataTransfer();
  held.items.add(new File(["%PDF-1.7 dropped"], "合同.pdf", { type: "application/pdf" }));
  const about = { bubbles: true, cancelable: true, dataTransfer: held };
  for (const type of ["dragover", "drop"]) panel.dispatchEvent(new DragEvent(type, about));
}"""


def test_a_file_that_is_too_large_is_told_before_it_is_sent(open_as) -> None:
    page = open_as("alice", "/imports/new?entity=customer")
    page.evaluate("document.body.dataset.uploadMegabytes = '0.001'")
    choice = page.locator("input[type=file]")
    choice.set_input_files({"name": "big.csv", "mimeType": "text/csv", "buffer": b"name\n" * 1000})
    assert choice.evaluate("input => input.validationMessage") == "Files of more than 0.001 MB are not taken."
    page.locator("main form [type=submit]").last.click()
    assert "/imports/new" in page.url
    choice.set_input_files({"name": "small.csv", "mimeType": "text/csv", "buffer": b"name\n"})
    assert choice.evaluate("input => input.checkValidity()")


def test_files_are_dropped_seen_removed_and_brought_back(open_as, live) -> None:
    page = open_as("alice", "/customers/new")
    page.fill("[name=name]", "附件测试有限公司")
    page.locator(".form-actions [type=submit]").click()
    page.wait_for_url(re.compile(r"/customers/\d+$"))
    address = page.url
    shop = {"name": "店面.png", "mimeType": "image/png", "buffer": picture()}
    note = {"name": "notes.txt", "mimeType": "text/plain", "buffer": "第一行\n".encode()}
    page.locator("#files-input").set_input_files([shop, note])
    expect(page.locator("#files .files-line")).to_have_count(2)
    page.locator("#files").evaluate(DROP)
    expect(page.locator("#files .files-line")).to_have_count(3)
    examine(live[0])
    page.reload()
    page.get_by_role("link", name="店面.png", exact=True).press("Enter")
    shown = page.locator("#drawer img.preview-picture")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 960
    page.keyboard.press("Escape")
    page.get_by_role("link", name="notes.txt", exact=True).click()
    expect(page.locator("#drawer pre")).to_have_text("第一行\n")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove “notes.txt”").click()
    expect(page.locator("#files .files-line")).to_have_count(2)
    page.locator("[data-toast]", has_text="is removed").get_by_role("button", name="Undo").click()
    expect(page.locator("#files .files-line")).to_have_count(3)
    phone = open_as("alice", address, width=390, theme="dark", language="zh")
    expect(phone.locator("#files .files-line")).to_have_count(3)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
