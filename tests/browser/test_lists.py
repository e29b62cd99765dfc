"""A day in a list by keyboard: search, walk, change where it stands, edit and come back, merge two."""

import re

from playwright.sync_api import Page, expect

TRIPS = iter(("列表之旅", "清单之行"))  # another one for a second try


def make_two(page: Page, trip: str) -> None:
    """Two customers, each by a double click on the button."""
    for name in (f"{trip}甲", f"{trip}乙"):
        page.goto("/customers/new")
        page.fill("[name=name]", name)
        page.fill("[name=city]", "苏州")
        page.get_by_role("button", name="Save", exact=True).dblclick()
        page.wait_for_url(re.compile(r"/customers/\d+"))


def test_a_day_in_a_list(open_as) -> None:
    page, trip = open_as("alice"), next(TRIPS)
    make_two(page, trip)
    page.goto("/customers?sort=name&columns=name,city")
    page.keyboard.press("/")
    page.keyboard.type(trip)
    page.keyboard.press("Enter")
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)  # a double click made no third
    expect(page.locator("#list-q")).to_be_focused()
    page.locator("#list-q").blur()

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("i")
    entry = page.locator("td[data-field=city] input[name=city]")
    expect(entry).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("常州")
    page.keyboard.press("Enter")
    expect(page.locator("td[data-field=city] .cell-value")).to_have_text("常州")
    expect(page.locator("tr.is-current [data-open]")).to_be_focused()

    page.keyboard.press("e")
    page.wait_for_url(re.compile(r"/edit\?back="))
    page.fill("[name=city]", "无锡")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/customers\?.*q="))
    expect(page.locator("td[data-label=City]", has_text="无锡")).to_have_count(1)

    page.locator("a#sort-city").click(modifiers=["Shift"])
    page.wait_for_url(re.compile("sort=name(,|%2C)city"))
    expect(page.locator(".sort-rank")).to_have_text(["1", "2"])
    page.go_back()
    expect(page.locator(".sort-rank")).to_have_count(0)

    choose_columns(page)
    merge_all(page)


def choose_columns(page: Page) -> None:
    """The menu comes when it is opened, and its form can be filled without a mouse."""
    page.locator("summary", has_text="Columns").press("Enter")
    form = page.locator("form.columns-form")
    form.get_by_label("Phone", exact=True).press("Space")
    form.get_by_label("Phone", exact=True).press("Enter")
    page.wait_for_url(re.compile(r"columns=name(,|%2C)city(,|%2C)phone"))
    expect(page.locator("#sort-phone, th:has-text('Phone')").first).to_be_visible()
    page.go_back()
    expect(page.locator("th", has_text="Phone")).to_have_count(0)


def merge_all(page: Page) -> None:
    """Pick both rows by keys and make them one; the keys are shown first."""
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    for _row in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    page.get_by_role("button", name="Merge…").click()
    page.wait_for_url(re.compile("/customers/merging"))
    page.get_by_role("button", name="Merge", exact=True).click()
    page.wait_for_url(re.compile(r"/customers/\d+$"))
    expect(page.locator(".toast-note")).to_contain_text("Merged into")
