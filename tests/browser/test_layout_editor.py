"""The layout editor as an administrator uses it: by keyboard, by dragging, the preview beside it, on a phone too."""

import re

from playwright.sync_api import Page, expect

from tests.browser.judge import resize, sideways, violations

LAYOUT = "/studio/entities/customer/layout"


def moved(page: Page, key: str, *keys: str) -> None:
    """Lift a card with the keyboard, move it, put it down."""
    page.locator(f"#grip-fields-{key}").focus()
    for one in (" ", *keys, " "):
        page.keyboard.press(one)


def test_fields_are_laid_out_by_keyboard_and_by_dragging(open_as, axe) -> None:
    page = open_as("admin", LAYOUT)
    said, preview = page.locator("#layout-said"), page.locator("#layout-preview")
    basics, contact, tray = (page.locator(f"[data-lane='{key}'][data-group=fields]") for key in ("0", "1", "tray"))
    page.locator("#grip-fields-phone").focus()
    page.keyboard.press(" ")
    expect(said).to_contain_text("Phone is lifted.")
    page.keyboard.press("ArrowLeft")
    expect(said).to_contain_text(re.compile(r"Phone: Basics, place (\d+) of \1\."))
    page.keyboard.press("Escape")
    expect(contact.locator("[data-card=phone]")).to_have_count(1)
    moved(page, "phone", "ArrowLeft", "ArrowUp")
    expect(said).to_have_text(re.compile(r"Phone stands in Basics, place \d+ of \d+\."))
    expect(basics.locator("[data-card]").nth(-2)).to_have_attribute("data-card", "phone")
    expect(page.locator("#grip-fields-phone")).to_be_focused()
    expect(preview.locator("fieldset").first).to_contain_text("Phone")

    contact.locator("[data-card=email] .lay-grip").drag_to(tray.locator("[data-card] .lay-grip").first, steps=15)
    expect(tray.locator("[data-card=email]")).to_have_count(1)
    expect(preview.locator("[name=email]")).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(contact.locator("[data-card=email]")).to_have_count(1)
    expect(preview.locator("[name=email]")).to_have_count(1)
    page.keyboard.press("Control+Shift+z")
    expect(tray.locator("[data-card=email]")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(contact.locator("[data-card=email]")).to_have_count(1)

    page.locator("#settings-0 > summary").click()
    page.locator("#columns-0").select_option("3")
    expect(preview.locator(".form-grid").first).to_have_attribute("data-columns", "3")
    expect(page.locator("#settings-0")).to_have_attribute("open", "")
    page.locator("#menu-fields-short_name").click()
    page.get_by_role("button", name="Take off").locator("visible=true").click()
    expect(basics.locator("[data-card=short_name]")).to_have_count(0)
    for width in (1280, 390):
        resize(page, width)
        assert violations(page, axe) == []
        assert sideways(page) == []
    page.get_by_label("Layout of").select_option("seller")
    page.wait_for_url("**role=seller*")
    expect(page.locator("#layout")).to_contain_text("As for everybody")
