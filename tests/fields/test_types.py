"""What holds for every field type."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.fields import FIELD_TYPES, OPERATORS, FieldError
from tests.fields.test_values import made

pytestmark = pytest.mark.usefixtures("without_links")

PIECES = Path(__file__).parents[2] / "portal" / "templates" / "fields"
ANYTHING = st.one_of(
    st.text(max_size=40),
    st.from_regex(r"[0-9０-９.,¥%/年月日:+\- ]{1,20}"),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
)


@pytest.mark.parametrize("key", FIELD_TYPES)
def test_samples_survive_json_and_input(key: str) -> None:
    rng, kind = random.Random(key), made(key)
    for _ in range(30):
        value = kind.sample(rng)
        assert kind.load(json.loads(json.dumps(kind.dump(value)))) == value
        assert kind.parse(kind.input_text(value)) == value
        assert kind.parse(value) == value
        assert kind.text(value) or value is None


@pytest.mark.parametrize("key", FIELD_TYPES)
def test_pieces_and_operators_exist(key: str) -> None:
    kind = FIELD_TYPES[key]
    assert (PIECES / "input" / f"{kind.input_key}.html").exists()
    assert kind.show_key is None or (PIECES / "show" / f"{kind.show_key}.html").exists()
    assert {*kind.operators, kind.scalar_operator, kind.list_operator} - OPERATORS.keys() <= {"in", "eq"}


@pytest.mark.parametrize("key", FIELD_TYPES)
@given(raw=ANYTHING)
def test_anything_is_read_or_refused(key: str, raw: object) -> None:
    """Whatever comes in gives a value that reads back as itself, or a FieldError; nothing else."""
    kind = made(key)
    try:
        value = kind.parse(raw)
    except FieldError:
        return
    shown = kind.input_text(value)
    assert value is None or kind.input_text(kind.parse(shown)) == shown
    assert value is None or isinstance(kind.text(value) + kind.mask(value), str)
