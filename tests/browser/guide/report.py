"""Chapter 5: a report."""

import re

from playwright.sync_api import Page, expect

from tests.browser.guide import moves
from tests.browser.guide.chapter import Chapter, Step
from tests.browser.play import settle, until


def _begin(page: Page) -> None:
    moves.to_studio(page)
    moves.begin(page, "reports", "customer_list")


def _fill(page: Page) -> None:
    moves.name(page, "客户名册", "Customer list")


def _ask(page: Page) -> None:
    page.goto("/reports/new")
    page.select_option("[name=report]", "customer_list")
    page.select_option("[name=period]", "this_month")
    page.locator("main [type=submit]").last.click()
    page.wait_for_url(re.compile("/reports/(?!new)"))
    settle(page)


def _shelf(page: Page) -> None:
    until(page, lambda: _is_made(page), "the report")
    settle(page)


def _is_made(page: Page) -> bool:
    page.goto("/reports/")
    return page.locator(".report-files tbody tr").count() > 0


def _done(page: Page) -> None:
    expect(page.locator(".report-files tbody")).to_contain_text(re.compile("客户名册|Customer list"))


CHAPTER = Chapter(
    "report",
    (
        Step(_begin),
        Step(_fill, shows=True),
        Step(moves.keep),
        Step(moves.review),
        Step(lambda page: moves.publish(page, "客户名册 · Customer list")),
        Step(_ask),
        Step(_shelf, shows=True),
    ),
    _done,
)
