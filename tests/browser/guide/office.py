"""Chapter 8: what an office says itself."""

import re

from playwright.sync_api import Page, expect

from tests.browser.guide import moves
from tests.browser.guide.chapter import Chapter, Step
from tests.browser.play import press, settle, write

SAYS = """fields:
  industry:
    options:
      local_food: {zh: 地方食品, en: Local food}
  cold_chain: {type: boolean, label: {zh: 需要冷链, en: Cold chain}}
"""
LABEL = "[id='fields/industry/label']"


def _open(page: Page) -> None:
    moves.to_studio(page)
    page.locator('.page-actions a[href$="/studio/offices"]').click()
    page.wait_for_url("**/studio/offices")


def _office(page: Page) -> None:
    page.locator("tbody tr", has_text=re.compile("成都")).locator("a").first.click()
    page.locator("a[href$='/documents/entities/customer']").click()
    page.locator("html[data-ace=ready]").wait_for()


def _write(page: Page) -> None:
    with page.expect_response(lambda answer: answer.url.endswith("/check")):
        write(page, SAYS)
    page.locator("#editor").scroll_into_view_if_needed()


def _keep(page: Page) -> None:
    press(page, page.locator("#editor [type=submit].btn-primary"))


def _relabel(page: Page) -> None:
    group = page.locator("details.layer-group", has=page.locator(LABEL))
    press(page, group.locator(f"{LABEL} button[value=take]"))
    page.locator(f"{LABEL} [name=zh]").fill("川渝行业")
    page.locator(f"{LABEL} [name=en]").fill("Local trade")
    press(page, page.locator(f"{LABEL} button[value=set]"))
    page.locator(LABEL).scroll_into_view_if_needed()


def _publish(page: Page) -> None:
    page.locator(".page-back").click()
    page.wait_for_load_state()
    press(page, page.locator(".draft-bar [type=submit].btn-primary"))
    settle(page)


def _overview(page: Page) -> None:
    _open(page)
    settle(page)


def _done(page: Page) -> None:
    row = page.locator("tbody tr", has_text=re.compile("成都"))
    expect(row.locator("td.num").nth(1)).to_have_text(re.compile(r"[1-9]"))
    page.goto("/customers/new")
    expect(page.locator("main")).not_to_contain_text(re.compile("川渝行业|Local trade"))


CHAPTER = Chapter(
    "office",
    (
        Step(_open),
        Step(_office),
        Step(_write, shows=True),
        Step(_keep),
        Step(_relabel, shows=True),
        Step(_publish),
        Step(_overview, shows=True),
    ),
    _done,
)
