"""Pairs in files: as many as comparing all with all, each once, however crowded a place is; and how good they are."""

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.duplicates import CASES, measured
from portal.matching import Comparison, Likeness, sieve, truth

NAMES = Likeness((Comparison(("name",), "exact", 50), Comparison(("phone",), "phone", 50)), sure=100, perhaps=50)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["a", "b", "c", None]), "phone": st.sampled_from(["5551234", None])}
    ),
    max_size=12,
)


@given(ROWS)
@settings(max_examples=60)
def test_it_finds_what_comparing_all_finds(rows: list[dict[str, str | None]]) -> None:
    records = list(enumerate(rows))
    forms = {id_: NAMES.forms(values) for id_, values in records}
    all_pairs = {
        (one, other): NAMES.weigh(forms[one], forms[other])
        for one, other in combinations(forms, 2)
        if NAMES.weigh(forms[one], forms[other]).points >= NAMES.perhaps
    }
    found = list(sieve.pairs(records, NAMES))
    assert {(one, other): weighed for one, other, weighed in found} == all_pairs
    assert len(found) == len(all_pairs)


def test_a_crowd_is_no_meeting_place() -> None:
    rows = [(n, {"name": "same", "phone": "5550001" if n in (3, 7) else None}) for n in range(10)]
    found = list(sieve.pairs(rows, NAMES, crowd=5))
    assert [(one, other, weighed.points) for one, other, weighed in found] == [(3, 7, 100)]


def test_missing_values_say_nothing_and_other_ones_speak_against() -> None:
    likeness = Likeness((Comparison(("a",), "exact", 50), Comparison(("b",), "exact", 10, -40)), 50, 20)

    def weigh(one: dict[str, str], other: dict[str, str]) -> int:
        return likeness.weigh(likeness.forms(one), likeness.forms(other)).points

    assert weigh({"a": "x"}, {"a": "x", "b": "1"}) == 50
    assert weigh({"a": "x", "b": "1"}, {"a": "x", "b": "1"}) == 60
    assert weigh({"a": "x", "b": "1"}, {"a": "x", "b": "2"}) == 10


FIRMS = Likeness(
    (
        Comparison(("name",), "name", 60, -20),
        Comparison(("name",), "pinyin", 15),
        Comparison(("phone",), "phone", 45),
        Comparison(("email",), "email", 45, -5),
        Comparison(("city",), "region", 10, -10, finds=False),
    ),
    sure=100,
    perhaps=60,
)
VALUES = {
    "name": ["上海华源科技", "上海华元科技", "华源贸易有限公司", "北京美佳", None],
    "phone": ["+8613800138000", "13800138000", "02155551234", None],
    "email": ["info@example.com", "inf0@example.com", "sales@example.com", None],
    "city": ["上海", "北京", None],
}
FIRM = st.fixed_dictionaries({key: st.sampled_from(given) for key, given in VALUES.items()})


@given(FIRM, FIRM)
@settings(max_examples=200)
def test_who_is_not_weighed_to_the_end_is_not_likely(one: dict[str, str | None], other: dict[str, str | None]) -> None:
    forms = FIRMS.forms(one), FIRMS.forms(other)
    weighed = FIRMS.weigh(*forms)
    assert FIRMS.likely(*forms) == (weighed if weighed.points >= FIRMS.perhaps else None)


def test_unlikely_pairs_are_left_before_their_names_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    likeness = Likeness((Comparison(("a",), "exact", 60, -20), Comparison(("b",), "name", 40)), 100, 60)
    forms = likeness.forms({"a": "x", "b": "same"}), likeness.forms({"a": "y", "b": "some"})
    monkeypatch.setitem(
        likeness.__dict__, "_steps", [(*step[:1], _never, *step[2:]) if step[0] else step for step in likeness._steps]
    )
    assert likeness.likely(*forms) is None
    with pytest.raises(AssertionError):
        likeness.weigh(*forms)


def _never(one: str, other: str) -> float:
    raise AssertionError("the first comparison has decided")


def test_groups_and_measures() -> None:
    assert set(truth.grouped([(1, 2), (2, 3), (8, 9)])) == {(1, 2), (1, 3), (2, 3), (8, 9)}
    found = truth.measure([(1, 2), (2, 4)], {1: "a", 2: "a", 3: "a", 4: "b"})
    assert (found.found, found.true, found.right) == (2, 3, 1)
    assert (found.precision, found.recall, round(found.f1, 4)) == (0.5, 1 / 3, 0.4)


@pytest.mark.parametrize("case", [case for case in CASES if case.floor], ids=lambda case: case.file.partition(".")[0])
def test_rules_of_a_person_reach_the_aim(case, capsys) -> None:
    path: Path | None = case.path()
    if path is None:
        pytest.skip("../shared/data/dedupe is not here")
    found = measured(case, path)
    print(case.file, found)
    assert found.f1 >= case.floor, capsys.readouterr().out
