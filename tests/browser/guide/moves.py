"""What several chapters do."""

from playwright.sync_api import Page

from tests.browser.play import confirm, press, settle


def to_studio(page: Page) -> None:
    """By the navigation, as the guide says."""
    page.goto("/")
    page.locator('nav a[href="/studio/"]').click()
    page.wait_for_url("**/studio/")


def begin(page: Page, kind: str, key: str) -> None:
    """A new document from the shelf of its kind, as a form."""
    page.locator(f"section[aria-labelledby=shelf-{kind}] summary").click()
    page.fill(f"#new-{kind}", key)
    press(page, page.locator(f"section[aria-labelledby=shelf-{kind}] .shelf-new [type=submit]"))
    as_form(page)


def as_form(page: Page) -> None:
    """The document as a form."""
    if "/form" not in page.url:
        press(page, page.locator("[name=then][value=form]"))


def name(page: Page, zh: str, en: str) -> None:
    """The label in both languages."""
    page.fill('[name="d/label/zh"]', zh)
    page.fill('[name="d/label/en"]', en)


def keep(page: Page) -> None:
    """Save the draft of the document on the page."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator(".page-actions [type=submit].btn-primary").click()
    settle(page)


def review(page: Page) -> None:
    """Look at what the draft changes, from the studio's first page."""
    to_studio(page)
    page.locator('a[href="/studio/review"]').first.click()
    page.wait_for_url("**/studio/review")
    settle(page)


def publish(page: Page, note: str) -> None:
    """With a note, and yes to the question."""
    page.fill("[name=note]", note)
    page.locator(".publish-card [type=submit]").click()
    confirm(page)
    settle(page)
