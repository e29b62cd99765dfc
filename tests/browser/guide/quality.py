"""Chapter 9: data quality."""

import re

from playwright.sync_api import Page, expect

from tests.browser.guide import moves
from tests.browser.guide.chapter import Chapter, Step
from tests.browser.play import confirm, settle

ISSUE = re.compile("缺少邮箱|E-mail is missing")


def _board(page: Page) -> None:
    page.goto("/")
    page.locator('nav a[href="/quality/"]').click()
    page.locator(".quality-issue").first.wait_for()
    settle(page)


def _tasks(page: Page) -> None:
    page.locator(".quality-issue", has_text=ISSUE).get_by_role("button").click()
    confirm(page)


def _rules(page: Page) -> None:
    moves.to_studio(page)
    page.locator('a.doc[href*="quality/customer"]').click()
    moves.as_form(page)


def _done(page: Page) -> None:
    page.goto("/tasks?sort=-created_at")
    expect(page.locator("tbody").first).to_contain_text(ISSUE)


CHAPTER = Chapter("quality", (Step(_board, shows=True), Step(_tasks), Step(_rules)), _done)
