"""Parts of a document and cards of a board are moved by keyboard alone, and cards by dragging."""

from playwright.sync_api import expect

from tests.browser.play import settle


def test_levels_are_moved_by_keyboard(open_as) -> None:
    page = open_as("admin", "/studio/documents/tiers/customer_tier/form")
    page.locator("[id='d-levels-vip-down']").focus()
    page.keyboard.press("Enter")
    order = page.locator("[aria-label='key'], [aria-label='vip']")
    expect(order.first).to_have_attribute("aria-label", "key")
    expect(page.locator("[id='d-levels-vip-down']")).to_be_focused()  # the focus goes along
    settle(page)
    page.locator("[id='d-levels-vip-up']").focus()
    page.keyboard.press("Enter")
    expect(order.first).to_have_attribute("aria-label", "vip")


def test_rows_of_a_condition_come_and_go_by_keyboard(open_as) -> None:
    page = open_as("admin", "/studio/documents/tiers/customer_tier/form")
    rule = page.locator("[id='d/levels/vip/when/condition-rows']")
    expect(rule.locator(".condition-row")).to_have_count(2)
    rule.get_by_role("button", name="Add a condition").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[id='d/levels/vip/when/condition-rows'] .condition-row")).to_have_count(3)


def test_a_card_is_moved_by_keyboard_and_by_dragging(open_as) -> None:
    page = open_as("admin", "/customers/board")
    first, second = (page.locator(f"[data-lane={key}]") for key in ("prospect", "active"))
    card = first.locator(".card-item").first
    number = card.get_attribute("data-card")
    card.locator("select").select_option("active")
    card.get_by_role("button", name="Move").focus()
    page.keyboard.press("Enter")
    expect(second.locator(f"[data-card='{number}']")).to_have_count(1)
    settle(page)
    moved = second.locator(f"[data-card='{number}']")
    moved.locator(".card-facts").drag_to(first.locator(".card-facts").first, steps=12)
    expect(first.locator(f"[data-card='{number}']")).to_have_count(1)
