"""Chapter 1: a field."""

import re

from playwright.sync_api import Page, expect

from tests.browser.guide import moves
from tests.browser.guide.chapter import Chapter, Step
from tests.browser.play import press, settle


def _open(page: Page) -> None:
    moves.to_studio(page)
    page.locator('.page-actions a[href*="/fields/new"]').click()
    page.wait_for_url("**/fields/new")


def describe(page: Page) -> None:
    """A choice field 合作意向, in list and filters."""
    page.fill("[name=label_zh]", "合作意向")
    page.fill("[name=label_en]", "Intent")
    page.fill("[name=key]", "intent")
    page.select_option("[name=type]", "choice")
    page.fill("[name=options]", "高 | High\n中 | Medium\n低 | Low")
    page.check("[name=filterable]")
    page.check("[name=in_list]")


def _keep(page: Page) -> None:
    press(page, page.locator(".field-maker [type=submit]"))


def _list(page: Page) -> None:
    page.goto("/customers")
    settle(page)


def _done(page: Page) -> None:
    page.goto("/customers")
    expect(page.locator("thead").first).to_contain_text(re.compile("合作意向|Intent"))
    page.goto("/customers/new")
    expect(page.locator("[name=intent]").first).to_be_attached()


CHAPTER = Chapter(
    "field",
    (
        Step(_open),
        Step(describe, shows=True),
        Step(_keep),
        Step(moves.review, shows=True),
        Step(lambda page: moves.publish(page, "合作意向 · Intent")),
        Step(_list, shows=True),
    ),
    _done,
)
