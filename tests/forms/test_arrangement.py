"""Cards of a layout moved about: the text changes where it must and keeps its comments."""

import difflib
from typing import Any

import pytest

from portal.forms.arrangement import Arrangement
from portal.schema import directory
from portal.schema.check import check

CUSTOMER = "entities/customer.yml"


@pytest.fixture(scope="module")
def text() -> str:
    return directory.load()[CUSTOMER].replace("form:\n", "form:\n  # what everybody asks first\n")


def changed(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def section(text: str, number: int, role: str = "") -> dict[str, Any]:
    return dict(Arrangement(text, "form", role).value[number])


def test_a_card_goes_before_another_of_any_section_and_nothing_else_changes(text):
    after = Arrangement(text, "form").move("fields", "phone", "0", "size")
    assert section(after, 0)["fields"][5:8] == ["industry", "phone", "size"]
    assert len(changed(text, after)) == 4 and "# what everybody asks first" in after


def test_a_card_that_is_wide_stays_wide_where_it_goes(text):
    wide = Arrangement(text, "form").widen("remark")
    assert changed(text, wide) == ["+    wide: [remark]"]
    moved = Arrangement(wide, "form").move("fields", "remark", "0")
    assert section(moved, 0)["wide"] == ["remark"] and section(moved, 2)["wide"] == []
    assert section(Arrangement(moved, "form").widen("remark"), 0)["wide"] == []


def test_over_the_end_of_a_section_a_card_goes_into_the_next(text):
    last = section(text, 0)["fields"][-1]
    down = Arrangement(text, "form").step("fields", last, 1)
    assert section(down, 1)["fields"][:2] == [last, "phone"]
    up = Arrangement(down, "form").step("fields", last, -1)
    assert section(up, 0)["fields"][-1] == last
    assert Arrangement(text, "form").step("fields", "name", -1) == text


def test_a_section_is_moved_with_its_comment_and_removed_with_its_fields_free(text):
    moved = Arrangement(text, "form").shift_section(0, 2)
    assert section(moved, 2)["fields"][0] == "name"
    assert moved.index("# what everybody asks first") > moved.index("经营与归属")
    (group,) = Arrangement(Arrangement(text, "form").drop_section(1), "form").groups()
    assert len(group.lanes) == 2 and "phone" not in group.placed
    added = Arrangement(text, "form").add_section({"zh": "新", "en": "New"})
    assert section(added, 3) == {"section": {"zh": "新", "en": "New"}, "fields": [], "wide": []}


def test_settings_of_a_section_are_written_and_taken_back(text):
    sent = {"zh-0": "要点", "en-0": "Essentials", "columns-0": "2", "fold-0": "folded"}
    after = Arrangement(text, "form").kept(sent)
    assert {"columns": 2, "folded": True}.items() <= section(after, 0).items()
    assert section(after, 0)["section"] == {"zh": "要点", "en": "Essentials"}
    again = Arrangement(after, "form").kept({"zh-0": "基本信息", "en-0": "Basics", "columns-0": "auto", "fold-0": ""})
    assert again == text
    assert Arrangement(text, "form").kept({"columns-0": "auto", "zh-0": " "}) == text


def test_a_role_begins_with_the_layout_of_everybody_and_can_take_it_again(text):
    assert not Arrangement(text, "form", "seller").is_own
    own = Arrangement(text, "form", "seller").move("fields", "size", "tray")
    assert "size" in section(own, 0)["fields"] and "size" not in section(own, 0, "seller")["fields"]
    both = Arrangement(own, "list", "seller").move("columns", "city", "tray")
    assert "list:\n      columns: [name, tier, status, industry, annual_spend" in both, "only what differs is said"
    assert Arrangement(both, "list", "seller").as_everybody() == own
    assert Arrangement(own, "form", "seller").as_everybody() == text


def test_panels_and_tabs_have_lanes_of_their_own(text):
    after = Arrangement(text, "detail").move("panels", "scores", "main", "related")
    assert "main: [facts, scores, related]" in after
    assert "rail: [steps, files, standing, figures, coupons, keepers]" in after
    tabbed = Arrangement(after, "detail").move("tabs", "order", "tabs")
    assert "tabs: [order]" in tabbed
    opened = Arrangement(tabbed, "list", "manager").kept({"opens": "board"})
    assert "list: {opens: board}" in opened
    documents = {**directory.load(), CUSTOMER: opened}
    assert not check(documents).problems


@pytest.mark.parametrize("form", ["form: none\n", "form: [name]\n", "form: {fields: [name]}\n"])
def test_a_layout_of_another_shape_is_refused(text, form):
    broken = text[: text.index("form:\n")] + form
    with pytest.raises(ValueError):
        Arrangement(broken, "form")
