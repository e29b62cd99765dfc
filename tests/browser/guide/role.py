"""Chapter 4: a role."""

from playwright.sync_api import Page, expect

from tests.browser.guide import moves
from tests.browser.guide.chapter import Chapter, Step
from tests.browser.play import press, settle

VIEW = '[name="d/entities/customer/view"]'


def _begin(page: Page) -> None:
    moves.to_studio(page)
    moves.begin(page, "roles", "trainee")


def _fill(page: Page) -> None:
    moves.name(page, "实习销售", "Trainee")
    page.select_option(VIEW, "team")


def _person(page: Page) -> None:
    page.goto("/people/?role=seller")
    page.locator("#roster tbody a").first.click()
    page.wait_for_load_state()


def _give(page: Page) -> None:
    page.locator('[name=roles][value="trainee"]').check()
    press(page, page.locator("main .form-actions [type=submit]"))
    settle(page)


def _done(page: Page) -> None:
    page.goto("/people/?role=trainee")
    expect(page.locator("#roster tbody tr")).to_have_count(1)


CHAPTER = Chapter(
    "role",
    (
        Step(_begin),
        Step(_fill, shows=True),
        Step(moves.keep),
        Step(moves.review),
        Step(lambda page: moves.publish(page, "实习销售 · Trainee")),
        Step(_person),
        Step(_give, shows=True),
    ),
    _done,
)
