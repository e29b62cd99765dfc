"""Chapter 2: a tier."""

from playwright.sync_api import Page, expect

from tests.browser.guide import moves
from tests.browser.guide.chapter import Chapter, Step
from tests.browser.play import settle, until

promised: dict[str, str] = {}
SPEND = '[name="d/levels/vip/when/value-0"]'


def _open(page: Page) -> None:
    moves.to_studio(page)
    page.locator('a.doc[href*="tiers/customer_tier"]').click()
    moves.as_form(page)


def _lower(page: Page) -> None:
    page.fill(SPEND, "80000")
    page.locator(SPEND).scroll_into_view_if_needed()


def _review(page: Page) -> None:
    moves.review(page)
    promised["vip"] = page.locator(".matrix-table tfoot td").first.inner_text()


def _tiers(page: Page) -> None:
    until(page, lambda: _vips(page) == promised["vip"], "the moves that the review promised")
    settle(page)


def _vips(page: Page) -> str:
    page.goto("/tiers/")
    return page.locator(".stat", has_text="VIP").locator(".stat-value").first.inner_text()


def _done(page: Page) -> None:
    page.goto("/tiers/")
    expect(page.locator("main")).to_contain_text("80,000")


CHAPTER = Chapter(
    "tier",
    (
        Step(_open),
        Step(_lower, shows=True),
        Step(moves.keep),
        Step(_review, shows=True),
        Step(lambda page: moves.publish(page, "VIP: 80000")),
        Step(_tiers, shows=True),
    ),
    _done,
)
