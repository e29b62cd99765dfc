"""What the people of the story do with their browser."""

from collections.abc import Callable

from playwright.sync_api import Browser, Locator, Page

from tests.browser.conftest import Watch
from tests.browser.stage import PASSWORD, Stage


class Play:
    """Opens pages for the people of the story and notices whatever a page must not do."""

    def __init__(self, live: Stage, chromium: Browser) -> None:
        self.live, self.chromium = live, chromium
        self.watch = Watch(live.base)

    def page(self, who: str | None, path: str = "/") -> Page:
        """A page of somebody who has signed in."""
        context = self.chromium.new_context(base_url=self.live.base, viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.set_default_timeout(60_000)
        self.watch.over(page)
        if who is not None:
            page.goto("/sign-in")
            page.fill("[name=username]", who)
            page.fill("[name=password]", PASSWORD)
            page.locator("form [type=submit].btn-primary").click()
            page.wait_for_url("**/")
        page.goto(path)
        return page


def press(page: Page, button: Locator) -> None:
    """Send a form and wait for the page it leads to; leaving earlier would cancel it."""
    with page.expect_navigation():
        button.click()


def confirm(page: Page) -> None:
    """Say yes to the dialog that asks."""
    press(page, page.locator("#confirm-yes"))


SETTLED = "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')"


def settle(page: Page) -> None:
    """Wait until what was asked for is swapped in and listens again (htmx settles 20 ms after a swap).

    Playwright calls a page idle once and for good; what is asked for later is seen by what htmx marks meanwhile.
    """
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(150)
    page.wait_for_function(SETTLED)


def write(page: Page, text: str) -> None:
    """Put a text into the editor, as typing would."""
    page.evaluate(
        "text => { const box = document.querySelector('.ace_editor');"
        " if (box && window.ace) window.ace.edit(box).setValue(text, -1);"
        " else { const area = document.getElementById('text'); area.value = text;"
        " area.dispatchEvent(new Event('input', {bubbles: true})); } }",
        text,
    )


def until(page: Page, condition: Callable[[], object], what: str) -> None:
    """Wait for something outside the browser."""
    for _ in range(120):
        if condition():
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"waited in vain for {what}")
