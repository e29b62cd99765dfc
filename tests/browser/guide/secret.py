"""Chapter 12: an encrypted field."""

import re

from playwright.sync_api import Page, expect

from tests.browser.guide import moves
from tests.browser.guide.chapter import Chapter, Step
from tests.browser.play import press, settle


def _open(page: Page) -> None:
    moves.to_studio(page)
    page.locator('a.doc[href*="entities/contact"]').click()
    page.locator('.page-actions a[href*="/fields/new"]').click()
    page.wait_for_url("**/fields/new")


def _describe(page: Page) -> None:
    page.fill("[name=label_zh]", "护照号")
    page.fill("[name=label_en]", "Passport")
    page.fill("[name=key]", "passport")
    page.select_option("[name=type]", "text")
    page.check("[name=encrypted]")
    page.uncheck("[name=in_list]")


def _keep(page: Page) -> None:
    press(page, page.locator(".field-maker [type=submit]"))


def _publish(page: Page) -> None:
    moves.review(page)
    moves.publish(page, "护照号 · Passport")


def _keys(page: Page) -> None:
    page.goto("/keys/")
    settle(page)


def _done(page: Page) -> None:
    expect(page.locator("main")).to_contain_text(re.compile("护照号|Passport"))


CHAPTER = Chapter(
    "secret", (Step(_open), Step(_describe, shows=True), Step(_keep), Step(_publish), Step(_keys, shows=True)), _done
)
