"""An office gets words of its own, sees them, others do not, and all of it goes back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from portal.extensions import db, transaction
from portal.schema import releases
from portal.security import SYSTEM
from tests.browser.judge import resize, sideways, violations
from tests.browser.play import press, write

OPTION = """fields:
  industry:
    options:
      sichuan_food: {zh: 川味食品, en: Sichuan food}
"""


def publish(page: Page) -> None:
    """Publish what the draft says of the office."""
    page.locator(".page-back").click()
    press(page, page.get_by_role("button", name="Publish for this office"))
    expect(page.locator("body")).to_contain_text(re.compile(r"Release \d+ is in force"))


def is_seen_by_its_people_alone(open_as) -> None:
    """The office's words on form, record and list; another office keeps its own."""
    ours = open_as("charlie", "/customers/new")
    ours.get_by_role("combobox", name="Local trade").fill("Sichuan")
    ours.get_by_role("option", name="Sichuan food").click()
    ours.locator("[name=name]").fill("成都味道食品厂")
    press(ours, ours.get_by_role("button", name="Save").first)
    expect(ours.locator("body")).to_contain_text("Local trade")
    ours.goto("/customers")
    expect(ours.get_by_role("columnheader", name="Local trade")).to_have_count(1)
    expect(ours.locator("tbody")).to_contain_text("Sichuan food")
    theirs = open_as("alice", "/customers/new")
    expect(theirs.get_by_role("combobox", name="Industry")).to_have_count(1)
    expect(theirs.locator("body")).not_to_contain_text("Sichuan food")


@pytest.fixture
def restored(live) -> Iterator[None]:
    """The configuration is afterwards what it was, also when the test was given up in the middle."""
    app, _address = live
    with app.app_context():
        number = releases.current_number()
        db.session.remove()
    yield
    with app.app_context():
        if releases.documents(releases.current_number()) != releases.documents(number):
            with transaction():
                releases.rollback(number, by=SYSTEM)
        db.session.remove()


@pytest.mark.usefixtures("restored")
def test_an_office_gets_its_own_words_and_gives_them_back(open_as, axe) -> None:
    page = open_as("admin", "/studio/offices")
    page.get_by_role("link", name="成都").first.click()
    page.locator("a[href$='/documents/entities/customer']").click()
    page.locator("html[data-ace=ready]").wait_for()
    write(page, OPTION.replace("industry:", "industry:\n    required: false\n    type: text"))
    expect(page.locator("#problems [data-line='4']")).to_contain_text("an office may not change this")
    expect(page.locator(".ace_gutter-cell.ace_error")).to_have_count(1)
    write(page, OPTION)
    expect(page.locator("#problems")).to_contain_text("All right")
    for width in (1280, 390):
        resize(page, width)
        assert violations(page, axe) == []
        assert sideways(page) == []
    resize(page, 1280)
    press(page, page.locator("#editor").get_by_role("button", name="Keep in draft"))
    group = page.locator("details.layer-group", has=page.locator("[id='fields/industry/label']"))
    press(page, group.get_by_role("button", name="Take over: fields.industry.label"))
    words = page.locator("[id='fields/industry/label']")
    words.locator("[name=zh]").fill("川渝行业")
    words.locator("[name=en]").fill("Local trade")
    press(page, words.get_by_role("button", name="Set"))
    publish(page)

    is_seen_by_its_people_alone(open_as)

    page.goto("/studio/offices")
    row = page.locator("tr, li", has_text="成都").first
    expect(row).to_contain_text(re.compile(r"\d"))
    row.get_by_role("link", name="成都").click()
    page.locator("a[href$='/documents/entities/customer']").click()
    for name in ("fields/industry/options/sichuan_food", "fields/industry/label"):
        press(page, page.locator(f"[id='{name}']").get_by_role("button", name="Back to inherited"))
    publish(page)
    ours = open_as("charlie", "/customers/new")
    expect(ours.get_by_role("combobox", name="Industry")).to_have_count(1)
