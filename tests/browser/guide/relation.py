"""Chapter 7: an entity with a relation."""

import re

from playwright.sync_api import Page, expect

from tests.browser.guide import moves
from tests.browser.guide.chapter import Chapter, Step
from tests.browser.play import press, settle

TAB = "#tab-project-customers"


def _open(page: Page) -> None:
    moves.to_studio(page)
    page.locator('.page-actions a[href$="/entities/new"]').click()
    page.wait_for_url("**/entities/new")


def _describe(page: Page) -> None:
    page.fill("[name=label_zh]", "项目")
    page.fill("[name=label_en]", "Project")
    page.fill("[name=key]", "project")


def _add(page: Page) -> None:
    press(page, page.locator(".field-maker [type=submit]"))
    page.locator('.page-actions a[href$="/fields/new"]').click()
    page.wait_for_url("**/project/fields/new")


def _point(page: Page) -> None:
    page.fill("[name=label_zh]", "参与客户")
    page.fill("[name=label_en]", "Customers")
    page.fill("[name=key]", "customers")
    page.select_option("[name=type]", "references")
    page.select_option("[name=to]", "customer")
    page.fill("[name=asked_inverse]", "参与项目")
    page.locator("[name=to]").scroll_into_view_if_needed()


def _keep(page: Page) -> None:
    press(page, page.locator(".field-maker [type=submit]"))


def _customer(page: Page) -> None:
    page.goto("/customers")
    page.locator("#listing tbody a").first.click()
    page.wait_for_url(re.compile(r"/customers/\d+"))
    page.locator(TAB).click()
    expect(page.locator(TAB)).to_have_attribute("aria-current", "true")
    settle(page)


def _project(page: Page) -> None:
    page.locator("#tab a.btn[href*='/project/new']").first.click()
    page.wait_for_url(re.compile("/project/new"))
    page.fill("[name=name]", "智慧园区一期")
    press(page, page.locator("main form [type=submit].btn-primary").last)


def _see(page: Page) -> None:
    _customer(page)


def _done(page: Page) -> None:
    expect(page.locator("#tab")).to_contain_text("智慧园区一期")


CHAPTER = Chapter(
    "relation",
    (
        Step(_open),
        Step(_describe, shows=True),
        Step(_add),
        Step(_point, shows=True),
        Step(_keep),
        Step(moves.review),
        Step(lambda page: moves.publish(page, "项目 · Project")),
        Step(_customer),
        Step(_project),
        Step(_see, shows=True),
    ),
    _done,
)
