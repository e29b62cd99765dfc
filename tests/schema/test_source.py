"""Reading YAML: safe, every key's line known, duplicates refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.schema.check import check
from portal.schema.source import MAX_BYTES, read, write


def told(text: str) -> list[str]:
    return [str(problem) for problem in read("a/b.yml", text).problems]


def test_every_key_and_item_knows_its_line():
    source = read("a/b.yml", "a: 1\nb:\n  - x\n  - c: 2\n\n    d: {e: 3}\n")
    assert source.tree == {"a": 1, "b": ["x", {"c": 2, "d": {"e": 3}}]}
    assert [source.line(path) for path in [("a",), ("b", 0), ("b", 1, "c"), ("b", 1, "d", "e")]] == [1, 3, 4, 6]
    assert source.line(("b", 1, "missing")) == 4


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("true", True),
        ("010", 10),
        ("0x1F", 31),
        ("1_000", 1000),
        ("1.5", 1.5),
        ("30%", "30%"),
        ("09:00", "09:00"),
        ("2026-05-01", "2026-05-01"),
        ('"7"', "7"),
        ("", None),
    ],
)
def test_plain_values(text, value):
    assert read("a/b.yml", f"a: {text}").tree == {"a": value}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2", "a/b.yml:2 a: duplicate key, first on line 1"),
        ("a: &x [1]\nb: *x", "a/b.yml:2 b: aliases (*name) are not used in documents"),
        ("a: !!python/name:os.system x", "is not used in documents"),
        ("a: [1", "a/b.yml:1: not YAML"),
        ("a: .nan", "a/b.yml:1 a: .nan is not a number"),
        ("--- 1\n--- 2", "a/b.yml:2: not YAML"),
        ("", "a/b.yml:1: the document is empty"),
        ("a: " + "x" * MAX_BYTES, "larger than 256 kB"),
        ("[" * 3000, "a/b.yml:1"),
        ("a: \x00", "a/b.yml:1: not YAML"),
    ],
)
def test_what_is_refused(text, message):
    assert any(message in problem for problem in told(text))


@given(st.text(max_size=300))
def test_no_text_breaks_the_check(text):
    check({"entities/x.yml": text})


def test_plain_data_is_written_so_that_it_reads_back():
    data = {"segment": "x", "label": {"zh": "中文", "en": "A"}, "when": {"all": [{"a": "yes"}, {"b": "010"}, {"c": 1}]}}
    assert read("a/b.yml", write(data)).tree == data
    assert "中文" in write(data)
