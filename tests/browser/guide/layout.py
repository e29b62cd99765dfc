"""Chapter 6: a layout."""

import re

from playwright.sync_api import Page, expect

from tests.browser.guide import moves
from tests.browser.guide.chapter import Chapter, Step
from tests.browser.play import settle

BASICS, CONTACT = "[data-lane='0'][data-group=fields]", "[data-lane='1'][data-group=fields]"


def _open(page: Page) -> None:
    moves.to_studio(page)
    page.locator('a.doc[href*="entities/customer"]').first.click()
    page.locator('.page-actions a[href$="/entities/customer/layout"]').click()
    page.wait_for_url("**/entities/customer/layout")


def _drag(page: Page) -> None:
    page.locator(f"{CONTACT} [data-card=phone] .lay-grip").drag_to(
        page.locator(f"{BASICS} [data-card=short_name] .lay-grip"), steps=15
    )
    expect(page.locator(f"{BASICS} [data-card=phone]")).to_have_count(1)
    expect(page.locator("#layout-preview fieldset").first.locator("[name=phone]")).to_have_count(1)
    settle(page)


def _back_and_forth(page: Page) -> None:
    page.keyboard.press("Control+z")
    expect(page.locator(f"{CONTACT} [data-card=phone]")).to_have_count(1)
    page.keyboard.press("Control+Shift+z")
    expect(page.locator(f"{BASICS} [data-card=phone]")).to_have_count(1)
    settle(page)


def _of_sellers(page: Page) -> None:
    page.locator("#role").select_option("seller")
    page.wait_for_url("**role=seller*")
    settle(page)


def _take_off(page: Page) -> None:
    for card in ("size", "employees"):
        page.locator(f"#menu-fields-{card}").click()
        page.locator(f"[value='move/fields/{card}/tray']").click()
        expect(page.locator(f"#take-fields-{card}")).to_have_count(1)
    page.locator("#unlike").scroll_into_view_if_needed()
    settle(page)


def _take_over(page: Page) -> None:
    page.locator("#take-fields-size").click()
    expect(page.locator(f"{BASICS} [data-card=size]")).to_have_count(1)
    settle(page)


def _done(page: Page) -> None:
    page.goto("/customers/new")
    basics = page.locator("fieldset").first
    expect(basics).to_contain_text(re.compile("电话|Phone"))
    expect(basics.locator("[name=employees]")).to_have_count(1)


CHAPTER = Chapter(
    "layout",
    (
        Step(_open),
        Step(_drag, shows=True),
        Step(_back_and_forth),
        Step(_of_sellers),
        Step(_take_off, shows=True),
        Step(_take_over),
        Step(moves.review),
        Step(lambda page: moves.publish(page, "布局 · Layout")),
    ),
    _done,
)
