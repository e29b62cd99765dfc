"""Chapter 3: a workflow."""

import re

from playwright.sync_api import Page, expect

from tests.browser.guide import moves
from tests.browser.guide.chapter import Chapter, Step
from tests.browser.play import settle


def _begin(page: Page) -> None:
    moves.to_studio(page)
    moves.begin(page, "workflows", "sixty_days")


def _fill(page: Page) -> None:
    moves.name(page, "60 天未跟进", "Silent for 60 days")
    page.check('[name="d/active"]')
    page.fill('[name="d/when/value-0"]', "60")
    page.fill('[name="d/steps/0/task/title/zh"]', "给客户打电话")
    page.fill('[name="d/steps/0/task/title/en"]', "Call the customer")


def _workflows(page: Page) -> None:
    page.goto("/workflows/")
    settle(page)


def _done(page: Page) -> None:
    page.goto("/workflows/")
    expect(page.locator("main")).to_contain_text(re.compile("60 天未跟进|Silent for 60 days"))


CHAPTER = Chapter(
    "workflow",
    (
        Step(_begin),
        Step(_fill, shows=True),
        Step(moves.keep),
        Step(moves.review),
        Step(lambda page: moves.publish(page, "60 天未跟进 · Silent for 60 days")),
        Step(_workflows, shows=True),
    ),
    _done,
)
