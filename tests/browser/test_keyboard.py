"""The core tasks by keyboard alone; the focus lands where a person expects it."""

import re

from playwright.sync_api import Page, expect

from portal import clock, sales
from portal.extensions import db
from tests import cast

FOCUSED = """() => { const at = document.activeElement;
  return at.tagName + '#' + at.id + ' ' + at.textContent.trim().slice(0, 40) }"""


def focused(page: Page) -> str:
    """What has the focus, as its tag, id and text."""
    return str(page.evaluate(FOCUSED))


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the element has the focus."""
    for _press in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached, the focus stands on {focused(page)}")


def test_the_first_tab_skips_to_the_content(open_as) -> None:
    page = open_as("alice", "/customers")
    page.keyboard.press("Tab")
    assert "Skip to the content" in focused(page)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_search_from_anywhere_and_open_a_hit(open_as) -> None:
    page = open_as("alice", "/tasks")
    page.keyboard.press("Control+k")
    page.keyboard.type("华信")
    page.wait_for_selector("#search-hits a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/customers/\d+"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("华信")


def test_walk_a_list_open_a_record_and_edit_it(open_as) -> None:
    page = open_as("alice", "/customers?f.owner=is_me:true&sort=name")
    for key in "jjk":
        page.keyboard.press(key)
    name = page.locator("tr.is-current [data-open]").inner_text()
    page.keyboard.press("x")
    expect(page.locator("[data-bulk]")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/customers/\d+"))  # with its scripts, which hear the next key
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    page.keyboard.press("e")
    page.wait_for_url("**/edit")


def test_sorting_keeps_the_focus_on_the_column(open_as) -> None:
    page = open_as("alice", "/customers")
    tab_to(page, "#sort-name", 90)
    page.keyboard.press("Enter")
    page.wait_for_url("**sort=name**")
    expect(page.locator("#sort-name")).to_be_focused()


CITIES = iter(("苏州", "常州"))  # another one for a second try


def test_a_cell_is_changed_and_taken_back(open_as) -> None:
    page, city = open_as("alice", "/customers/5"), next(CITIES)
    shown = page.locator(".cell[id$='-short_name'] .cell-value")
    before = shown.inner_text()
    tab_to(page, ".cell[id$='-short_name'] .cell-edit", 140)
    page.keyboard.press("Enter")
    expect(page.locator(".cell[id$='-short_name'] input[name=short_name]")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type(city)
    page.keyboard.press("Enter")
    expect(shown).to_have_text(city)
    expect(page.locator(".toast-note")).to_contain_text("saved")
    page.locator("[data-toast]").hover()  # it stays while it is pointed at, and the way there may be slow
    tab_to(page, "[data-toast] .btn-link", 140)
    page.keyboard.press("Enter")
    expect(shown).to_have_text(before)


def test_a_form_with_errors_shows_them_first(open_as) -> None:
    page = open_as("alice", "/customers/new")
    page.locator("[name=city]").focus()
    page.keyboard.type("杭州")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]").first).to_be_focused()
    expect(page.locator("[name=city]")).to_have_value("杭州")


def test_a_dialog_keeps_the_focus_and_escape_leaves_it(open_as) -> None:
    page = open_as("alice", "/customers/3")
    page.get_by_role("button", name="Archive").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#confirm")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#confirm")).to_be_hidden()
    expect(page.get_by_role("button", name="Archive")).to_be_focused()


def test_menus_open_and_close(open_as) -> None:
    page = open_as("alice", "/")
    page.locator(".topbar-new").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Customer", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".topbar-new")).to_be_focused()


TASKS = iter(("Tick this off", "Tick that off"))  # another one for a second try


def test_a_task_of_today_is_ticked_off(open_as, live) -> None:
    title = next(TASKS)
    with live[0].app_context():
        sales.tasks.plan(title, by=cast.find("alice"), due_on=clock.today())
        db.session.commit()
        db.session.remove()
    page = open_as("alice", "/")
    tick = page.get_by_role("button", name=f"Mark “{title}” as done")
    tick.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".toast-note")).to_contain_text("done")
    expect(page.get_by_text(title, exact=True)).to_have_count(0)
