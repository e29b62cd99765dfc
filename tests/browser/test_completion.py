"""Completion in the YAML editor, by keyboard alone."""


def test_a_word_is_offered_and_taken(open_as) -> None:
    page = open_as("admin", "/studio/documents/tiers/customer_tier")
    page.locator("html[data-ace=ready]").wait_for()
    page.evaluate(
        "kehuEditor.gotoLine(kehuEditor.session.getLength()); kehuEditor.navigateLineEnd(); kehuEditor.focus()"
    )
    page.keyboard.type("\nhel")
    page.keyboard.press("Control+Space")
    popup = page.locator(".ace_autocomplete")
    popup.get_by_text("help").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_function("() => kehuEditor.getValue().trimEnd().endsWith('help')")
