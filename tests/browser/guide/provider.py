"""Chapter 11: values from another system."""

from playwright.sync_api import Page, expect

from tests.browser.guide import moves
from tests.browser.guide.chapter import Chapter, Step
from tests.browser.play import press, settle

found: dict[str, int] = {}


def _rules(page: Page) -> None:
    moves.to_studio(page)
    page.locator('a.doc[href*="providers/demo_register"]').click()
    moves.as_form(page)


def _conflicts(page: Page) -> None:
    page.goto("/quality/")
    page.locator('a.tab[href="/outside/"]').click()
    page.wait_for_url("**/outside/")
    settle(page)
    found["rows"] = page.locator("tbody tr").count()


def _take(page: Page) -> None:
    page.locator("[data-select]").first.check()
    press(page, page.locator("[name=way][value=theirs]"))


def _done(page: Page) -> None:
    expect(page.locator("tbody tr")).to_have_count(found["rows"] - 1)


CHAPTER = Chapter("provider", (Step(_rules, shows=True), Step(_conflicts, shows=True), Step(_take)), _done)
