"""Chapter 13: long lists leave after an approval."""

from playwright.sync_api import Page, expect

from tests.browser.guide import moves
from tests.browser.guide.chapter import Chapter, Step
from tests.browser.play import settle

LIMIT = '[name="d/limits/export"]'


def _open(page: Page) -> None:
    moves.to_studio(page)
    page.locator('a.doc[href*="roles/seller"]').click()
    moves.as_form(page)


def _limit(page: Page) -> None:
    page.fill(LIMIT, "100")
    page.locator(LIMIT).scroll_into_view_if_needed()


def _exports(page: Page) -> None:
    page.goto("/exports/")
    settle(page)


def _done(page: Page) -> None:
    _open(page)
    expect(page.locator(LIMIT)).to_have_value("100")


CHAPTER = Chapter(
    "takeout", (Step(_open), Step(_limit, shows=True), Step(moves.keep), Step(moves.review), Step(_exports)), _done
)
