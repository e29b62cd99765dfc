"""Any edit keeps every line it does not touch, and the text reads as what was asked for."""

import copy
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.schema import directory, edit
from portal.schema.rewrite import rewrite
from portal.schema.source import read

SHIPPED = sorted((path, text) for path, text in directory.load().items() if len(text) < 1800)
EXAMPLES = int(os.environ.get("PORTAL_EDIT_EXAMPLES", "60"))
WORDS = st.text(st.sampled_from("aB9 :#'\"-{}[],&*!|>%@`\\客户\n\t~.?=0"), max_size=12)
SCALARS = st.one_of(WORDS, st.integers(-99, 10**9), st.booleans(), st.none())
VALUES = st.one_of(SCALARS, st.lists(WORDS, max_size=3), st.dictionaries(st.sampled_from("abc"), SCALARS, max_size=3))


def paths(tree, path=()):
    yield path
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from paths(value, (*path, key))
    if isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from paths(value, (*path, place))


def at(tree, path):
    for part in path:
        tree = tree[part]
    return tree


def comments(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith("#")]


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_one_edit_keeps_all_other_lines(data):
    _, text = data.draw(st.sampled_from(SHIPPED))
    tree = read("", text).tree
    path = data.draw(st.sampled_from([path for path in paths(tree) if path]))
    wanted = copy.deepcopy(tree)
    above = at(wanted, path[:-1])
    kind = data.draw(st.sampled_from(["set", "remove", "add"]))
    if kind == "remove":
        del above[path[-1]]
    elif kind == "set":
        above[path[-1]] = data.draw(VALUES)
    elif isinstance(above, list):
        above.insert(path[-1], data.draw(VALUES))
    else:
        above["brand_new"] = data.draw(VALUES)
    new = rewrite(text, wanted)
    assert read("", new).tree == wanted
    assert not read("", new).problems
    touched = set(_lines_of(text, tree, path))
    outside = [line for number, line in enumerate(text.splitlines(), 1) if number not in touched]
    _assert_in_order(outside, new.splitlines())


def _lines_of(text, tree, path):
    """The lines of the value at the path, and of its neighbours in the list or mapping on the same lines."""
    source = read("", text)
    first = source.line(path)
    later = sorted(line for other, line in source.lines.items() if line > first and other[: len(path)] != path)
    last = (later[0] if later else len(text.splitlines()) + 1) - 1
    parent = source.lines.get(path[:-1], first)
    return {*range(first, last + 1), *([parent] if len(at(tree, path[:-1])) == 1 else ())}


def _assert_in_order(lines, found):
    rest = iter(found)
    for line in lines:
        assert line in rest, f"lost: {line!r}"


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_an_entry_and_its_neighbour_change_places_and_back(data):
    _, text = data.draw(st.sampled_from(SHIPPED))
    tree = read("", text).tree
    some = [path for path in paths(tree) if path and len(at(tree, path[:-1])) > 1]
    path = data.draw(st.sampled_from(some))
    moved = edit.move(text, path, 1)
    assert read("", moved).tree == tree or isinstance(at(tree, path[:-1]), list)
    assert sorted(comments(moved)) == sorted(comments(text))
    siblings = list(at(tree, path[:-1]))
    number = path[-1] if isinstance(path[-1], int) else siblings.index(path[-1])
    if number + 1 < len(siblings):
        back = (*path[:-1], number + 1) if isinstance(path[-1], int) else path
        assert edit.move(moved, back, -1) == text


BLOCK = """# head
a: 1  # one
list:
  - x: 1
    y: 2  # two
  # about z
  - z
body: |
  line
    more

last:
"""


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (("a",), 2, "a: 2  # one"),
        (("list", 0, "y"), "b: c", "    y: 'b: c'  # two"),
        (("last",), "x", "last: x"),
        (("list", 0, "n"), True, "    n: true"),
    ],
)
def test_a_value_is_set_in_its_own_line(path, value, line):
    new = edit.put(BLOCK, path, value)
    assert line in new.splitlines()
    assert at(read("", new).tree, path) == value
    assert comments(new) == comments(BLOCK)


def test_a_text_of_lines_stays_one():
    new = edit.put(BLOCK, ("body",), "one\n\ntwo\n")
    assert "body: |\n  one\n\n  two\n" in new
    assert read("", new).tree["body"] == "one\n\ntwo\n"


def test_the_first_key_of_an_item_goes_without_its_dash():
    new = edit.remove(BLOCK, ("list", 0, "x"))
    assert read("", new).tree["list"] == [{"y": 2}, "z"]
    assert "  - y: 2  # two" in new


def test_a_key_is_renamed_in_its_place():
    assert edit.rename(BLOCK, ("list", 0, "y"), "w").replace("w: 2", "y: 2") == BLOCK
