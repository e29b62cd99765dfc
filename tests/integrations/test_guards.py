"""No cell of an export is a formula, and what was exported comes back equal (S12)."""

import csv
import io
import random

from hypothesis import given
from hypothesis import strategies as st

from portal.integrations import guards

STARTS = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", " ", "　", "'", "a", "中"]
DANGEROUS = "=+-@＝＋－＠"


@given(st.text(max_size=20) | st.builds("".join, st.lists(st.sampled_from(STARTS), max_size=6)))
def test_guarded_text_is_no_formula_and_comes_back(text: str) -> None:
    out = guards.guarded(text)
    assert guards.unguarded(out) == text
    assert not out.strip(" \t\r\n　").startswith(tuple(DANGEROUS))


def test_ten_thousand_rows_round_trip() -> None:
    rng = random.Random(12)
    rows = [["".join(rng.choice(STARTS) for _ in range(rng.randint(0, 6))) for _ in range(3)] for _ in range(10_000)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([guards.guarded(cell) for cell in row] for row in rows)
    back = [[guards.unguarded(cell) for cell in row] for row in csv.reader(io.StringIO(text.getvalue(), newline=""))]
    assert back == rows


def test_known_payloads() -> None:
    for payload in ("=cmd|' /C calc'!A0", "@SUM(1+1)", "+1+1", "-2+3", "＝1+1", " =1+1", "\t=1", "'=1"):
        assert guards.guarded(payload).startswith("'")


def test_plain_text_stays() -> None:
    for text in ("朝阳科技", "O'Neil", "'quoted'", "1-2", ""):
        assert guards.guarded(text) == text == guards.unguarded(text)
