"""Two edits of one text: what one side changed is taken, what both changed is asked, nothing else is lost."""

from hypothesis import given
from hypothesis import strategies as st

from portal.schema import merge

BASE = "a\nb\nc\nd\ne\n"


def test_edits_of_different_lines_come_together():
    found = merge.hunks(BASE, BASE.replace("b\n", "B\n"), BASE.replace("e\n", "e\nf\n"))
    assert not any(hunk.is_conflict for hunk in found)
    assert merge.merged(found) == "a\nB\nc\nd\ne\nf\n"


def test_edits_of_one_line_are_asked():
    found = merge.hunks(BASE, BASE.replace("b\n", "mine\n"), BASE.replace("b\n", "theirs\n"))
    assert [(hunk.base, hunk.mine, hunk.theirs) for hunk in found if hunk.is_conflict] == [
        (("b\n",), ("mine\n",), ("theirs\n",))
    ]
    assert merge.merged(found) == BASE.replace("b", "mine")
    assert merge.merged(found, ["theirs"]) == BASE.replace("b", "theirs")
    assert merge.merged(found, ["both"]) == BASE.replace("b\n", "mine\ntheirs\n")


def test_a_document_taken_away_against_one_changed_is_asked():
    found = merge.hunks(BASE, "", BASE.replace("b\n", "B\n"))
    assert any(hunk.is_conflict for hunk in found)
    assert merge.merged(found) in ("", "B\n") or "a" not in merge.merged(found)


texts = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "x: 1\n", "\n"]), max_size=8).map("".join)


@given(texts, texts)
def test_one_side_alone_wins_whole(base, changed):
    assert merge.merged(merge.hunks(base, changed, base)) == changed
    assert merge.merged(merge.hunks(base, base, changed)) == changed
    assert merge.merged(merge.hunks(base, changed, changed)) == changed


@given(texts, texts, texts)
def test_each_side_can_be_had_where_all_is_answered(base, mine, theirs):
    found = merge.hunks(base, mine, theirs)
    assert "".join(line for hunk in found for line in hunk.base) == base
    conflicts = sum(hunk.is_conflict for hunk in found)
    both = merge.merged(found, ["both"] * conflicts)
    for side in ("mine", "theirs"):
        lines = merge.merged(found, [side] * conflicts).splitlines()
        assert all(line in both.splitlines() for line in lines)
