"""A customer typed a second time: seen while typing, merged by keyboard, and parted again."""

import re

from playwright.sync_api import Page, expect

from portal import jobs
from portal.duplicates import finding
from portal.extensions import db

TWINS = iter((("鸿源", "137 1234 5678"), ("泰和", "136 8765 4321")))  # other ones for a second try


def enter(page: Page, name: str, phone: str) -> None:
    """Type a customer."""
    page.goto("/customers/new")
    page.fill("[name=name]", name)
    page.fill("[name=phone]", phone)


def save(page: Page) -> None:
    page.locator(".form-actions [type=submit]").click()
    page.wait_for_url(re.compile(r"/customers/\d+$"))


def test_a_twin_is_seen_merged_by_keyboard_and_parted(open_as, live) -> None:
    page, (brand, phone) = open_as("alice"), next(TWINS)
    enter(page, f"{brand}精密机械有限公司", phone)
    save(page)
    enter(page, f"{brand}精密机械", phone)
    expect(page.locator(".twins-hints")).to_contain_text("same Phone")
    save(page)
    with live[0].app_context():
        assert jobs.run_now(finding.ask().id).state == "done"
        db.session.remove()
    page.goto("/duplicates/")
    page.locator("[data-open]", has_text=brand).click()
    expect(page.locator("[name=keep]:checked")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[name='side.name'][value=second]")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("[data-toast]", has_text="Merged into")).to_be_visible()
    page.locator("[data-toast]", has_text="Merged into").get_by_role("button", name="Undo").click()
    page.wait_for_url(re.compile(r"/duplicates/merges/\d+$"))
    expect(page.locator("[data-toast]", has_text="The merge is undone.")).to_be_visible()
