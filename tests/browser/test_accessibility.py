"""WCAG 2.2 AA with target sizes, by axe-core, in both themes and three widths; no page scrolls sideways."""

import pytest
from playwright.sync_api import expect

from portal import surveys
from portal.extensions import db
from tests.browser import rules_scene
from tests.browser.judge import resize, sideways, violations

PAGES = {
    "sign-in": (None, "/sign-in"),
    "home": ("alice", "/"),
    "list": ("alice", "/customers?f.status=in:active,lost"),
    "empty list": ("alice", "/products"),
    "record": ("alice", "/customers/3"),
    "children": ("alice", "/customers/3?tab=order"),
    "form": ("alice", "/customers/3/edit"),
    "search": ("alice", "/search?q=华信"),
    "notices": ("alice", "/notices"),
    "history": ("alice", "/customers/3/history"),
    "not found": ("alice", "/customers/99999"),
    "today": ("alice", "/today"),
    "follow-up": ("alice", "/customers/3/follow-up"),
    "import": ("alice", "/imports/new"),
    "jobs": ("alice", "/jobs/"),
    "tiers": ("dora", "/tiers/"),
    "workflows": ("dora", "/workflows/"),
    "runs": ("dora", "/workflows/runs"),
    "stuck runs": ("dora", "/workflows/stuck"),
    "approvals": ("dora", "/approvals/"),
    "approval": ("dora", "/approvals/1"),
    "pool": ("alice", "/pool/?f.status=prospect"),
    "deliveries": ("admin", "/webhooks/"),
    "delivery": ("admin", "/webhooks/1"),
    "webhook keys": ("admin", "/webhooks/keys"),
    "backtest": ("admin", f"/studio/backtests/{rules_scene.BACKTEST}"),
    "forecast": ("admin", f"/studio/forecasts/{rules_scene.FORECAST}"),
    "reports": ("dora", "/reports/"),
    "report form": ("dora", "/reports/new"),
    "segments": ("mary", "/segments/"),
    "segment builder": ("mary", "/segments/new"),
    "campaigns": ("mary", "/campaigns/"),
    "campaign form": ("mary", "/campaigns/new"),
    "coupons": ("alice", "/coupons/"),
    "coupon": ("alice", "/coupons/1"),
    "surveys": ("alice", "/surveys/"),
    "answers": ("alice", "/surveys/answers/1"),
    "desk": ("erin", "/desk/?queue=open"),
    "ticket": ("erin", "/desk/1"),
    "studio": ("admin", "/studio/"),
    "document": ("admin", "/studio/documents/tiers/customer_tier"),
    "document form": ("admin", "/studio/documents/tiers/customer_tier/form"),
    "workflow form": ("admin", "/studio/documents/workflows/key_customer_silence/form"),
    "field form": ("admin", "/studio/documents/entities/customer/form?at=fields/status"),
    "new entity": ("admin", "/studio/entities/new"),
    "dictionary": ("admin", "/studio/dictionary"),
    "board": ("alice", "/customers/board"),
    "month": ("alice", "/tasks/month"),
    "roles": ("admin", "/people/roles"),
    "new field": ("admin", "/studio/entities/customer/fields/new"),
    "uses": ("admin", "/studio/entities/customer/fields/status"),
    "packs": ("admin", "/studio/packs"),
    "offices": ("admin", "/studio/offices"),
    "office": ("admin", "/studio/offices/1"),
    "overlay": ("admin", "/studio/offices/1/documents/entities/customer"),
    "release": ("admin", "/studio/releases/1"),
    "review": ("admin", "/studio/review"),
    "people": ("admin", "/people/"),
    "audit": ("admin", "/audit"),
    "web form": (None, "/public/ticket"),
}
WIDTHS = (1280, 390, 320)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everybody(open_as, axe, name, theme) -> None:
    page = open_as(*PAGES[name], theme=theme, language="zh" if theme == "dark" else "en")
    for width in WIDTHS:
        resize(page, width)
        assert sideways(page) == [], width
        assert violations(page, axe) == [], width


def test_the_questions_of_a_survey_are_for_everybody(open_as, axe, live) -> None:
    with live[0].app_context():
        address = surveys.POST.links.address(db.session.get_one(surveys.SurveyLetter, 2))
        db.session.remove()
    page = open_as(None, f"/s/{address.rpartition('/')[2]}", language="zh")
    assert page.locator(".survey .field").count() == 3
    page.locator("[name=recommend][value='3']").focus()
    page.keyboard.press("Space")
    expect(page.locator(".survey .field")).to_have_count(5)
    for width in (1280, 320):
        resize(page, width)
        assert sideways(page) == [], width
        assert violations(page, axe) == [], width


def errors(page) -> None:
    page.fill("[name=name]", "")
    page.locator(".form-actions [type=submit]").click()
    page.wait_for_selector(".field-error")


def dialog(page) -> None:
    page.get_by_role("button", name="Archive").click()
    page.wait_for_selector("dialog[open]")


def drawer(page) -> None:
    page.get_by_role("link", name="History").click()
    page.wait_for_selector("#drawer[open] .history")


def popover(page) -> None:
    page.locator("summary", has_text="Status").click()
    page.wait_for_selector(".filter-form")


def swapped(page) -> None:
    page.locator("#sort-name").click()
    page.wait_for_url("**sort=name**")


def picked(page) -> None:
    page.locator("[data-select]:enabled").first.check()
    page.select_option("#bulk-field", "industry")
    page.wait_for_selector("#bulk-value select")


def cell(page) -> None:
    page.locator(".cell-edit").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".cell-form")


def found(page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("hxtd")
    page.wait_for_selector("#search-hits a")


def navigation(page) -> None:
    resize(page, 390)
    sideways(page)
    page.get_by_role("button", name="Open navigation").click()
    page.wait_for_timeout(250)


STATES = {
    "errors": ("/customers/3/edit", errors),
    "dialog": ("/customers/3", dialog),
    "drawer": ("/customers/3", drawer),
    "popover": ("/customers", popover),
    "after a swap": ("/customers", swapped),
    "rows picked": ("/customers", picked),
    "cell": ("/customers/3", cell),
    "search hits": ("/notices", found),
    "navigation on a phone": ("/", navigation),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_for_everybody(open_as, axe, state, theme) -> None:
    path, act = STATES[state]
    page = open_as("alice", path, theme=theme)
    act(page)
    assert sideways(page) == []
    assert violations(page, axe) == []
