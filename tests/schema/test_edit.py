"""Changing a document's text in one place leaves every other character as it is."""

import pytest

from portal.errors import Invalid
from portal.schema import differences, edit
from portal.schema.source import read
from tests.schema.docs import CUSTOMER, shipped

BLOCK = """entity: x
fields:
    # first
    a:
        type: text   # why
        label: A
    # about nothing

# form below
form:
  - section: S
    fields:
      - a  # yes
      # end
list: {columns: [], sort: [a]}
"""
FACTS = {"type": "choice", "label": {"zh": "意向", "en": "Intent"}, "options": {"high": {"zh": "高", "en": "High"}}}


def changed(old: str, new: str) -> list[str]:
    return [line for line in differences.text({"x": old}, {"x": new})[2:] if line[0] in "+-"]


def test_a_field_comes_last_and_nothing_else_moves():
    old = shipped()[CUSTOMER]
    new = edit.add_field(old, "intent", FACTS)
    assert all(line.startswith("+") for line in changed(old, new))
    tree = read(CUSTOMER, new).tree
    assert list(tree["fields"])[-1] == "intent"
    assert tree["fields"]["intent"] == FACTS
    assert new.splitlines()[edit.line_of(new, "intent") - 1] == "  intent:"


def test_the_indent_and_the_comments_of_the_author_are_kept():
    new = edit.add_field(BLOCK, "b", {"type": "text", "label": "B"})
    assert changed(BLOCK, new) == ["+    b: {type: text, label: B}\n"]
    assert new.index("    b:") < new.index("# about nothing")


@pytest.mark.parametrize(
    ("path", "line"),
    [(("form", 0, "fields"), "+      - b\n"), (("list", "columns"), "+list: {columns: [b], sort: [a]}\n")],
)
def test_a_word_joins_a_list_of_either_style(path, line):
    new = edit.add_word(BLOCK, path, "b")
    assert [item for item in changed(BLOCK, new) if item.startswith("+")] == [line]
    assert not read("entities/x.yml", new).problems


def test_a_list_that_is_missing_stays_missing():
    assert edit.add_word(BLOCK, ("list", "filters"), "b") == BLOCK
    assert edit.add_word(BLOCK, ("form", 7, "fields"), "b") == BLOCK


def test_fields_in_one_line_are_refused():
    with pytest.raises(Invalid):
        edit.add_field("entity: x\nfields: {a: {type: text}}\n", "b", {})
