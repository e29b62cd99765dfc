"""Chapter 10: customers confirm their details."""

from playwright.sync_api import Page, expect

from tests.browser.guide import moves
from tests.browser.guide.chapter import Chapter, Step
from tests.browser.play import press, settle

SOME = 5


def _rules(page: Page) -> None:
    moves.to_studio(page)
    page.locator('a.doc[href*="confirmations/customer"]').click()
    moves.as_form(page)


def _pick(page: Page) -> None:
    page.goto("/customers")
    settle(page)
    for place in range(SOME):
        page.locator("[data-select]").nth(place).check()


def _ask(page: Page) -> None:
    press(page, page.locator('[formaction$="/confirmations"]'))


def _answers(page: Page) -> None:
    page.goto("/quality/")
    page.locator('a.tab[href="/confirmations/"]').click()
    page.wait_for_url("**/confirmations/")
    settle(page)


def _done(page: Page) -> None:
    expect(page.locator("section.panel").nth(1).locator("[data-row]").first).to_be_visible()


CHAPTER = Chapter(
    "confirmation", (Step(_rules), Step(_pick, shows=True), Step(_ask), Step(_answers, shows=True)), _done
)
