"""Two hundred mutated documents: every one is told with a line that exists, none breaks the check or half a release."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from portal import schema
from portal.schema import releases
from portal.schema.check import check
from tests.schema.docs import publish, shipped

MUTANTS = int(os.environ.get("MUTANTS", "200"))
SHIPPED = shipped()
PATHS = sorted(SHIPPED)
TOKENS = ["{", "}", "[", "]", ": ", "- ", "\n", "\t", "'", '"', "|", "&a ", "*a", "!!python/object:os.system", "#",
          "null", "1e999", "0x", "-", "  ", "\x00", "\ud800", "真", "{{", "9" * 400, "~", "? ", "<<: "]  # fmt: skip
patient = settings(max_examples=MUTANTS, suppress_health_check=list(HealthCheck))


@st.composite
def mutants(draw):
    """A document with one to four wounds: text cut out, put in, doubled or moved."""
    path = draw(st.sampled_from(PATHS))
    text = SHIPPED[path]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        put = draw(st.sampled_from(["", text[start:end] * 2, *TOKENS]) | st.text(max_size=8))
        text = text[:start] + put + text[end:]
    return path, text


@patient
@given(mutants())
def test_a_mutant_is_checked_without_a_fall(mutant):
    path, text = mutant
    for problem in check({**SHIPPED, path: text}).problems:
        assert str(problem)
        assert 1 <= problem.line <= ({**SHIPPED, path: text}.get(problem.file, "").count("\n") + 1)


def _leaves(node: Node, lines: tuple[int, ...] = ()) -> Iterator[tuple[ScalarNode, tuple[int, ...]]]:
    """Every value with its line and those of the keys above it."""
    lines = (*lines, node.start_mark.line + 1)
    if isinstance(node, ScalarNode):
        yield node, lines
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            yield from _leaves(value, (*lines, key.start_mark.line + 1))
    else:
        for child in node.value:
            yield from _leaves(child, lines)


LEAVES = [
    (path, leaf.start_mark.index, leaf.end_mark.index, lines[-7:])
    for path in PATHS
    for leaf, lines in _leaves(YAML(typ="safe", pure=True).compose(SHIPPED[path]))
    if leaf.style not in ("|", ">")
]


@patient
@given(st.sampled_from(LEAVES))
def test_a_value_of_a_wrong_kind_is_told_in_its_line_or_in_a_key_above(leaf):
    path, start, end, lines = leaf
    text = SHIPPED[path][:start] + "{zzz: [{y: 1}]}" + SHIPPED[path][end:]
    told = {problem.line for problem in check({**SHIPPED, path: text}).errors if problem.file == path}
    assert told & set(lines)


@pytest.mark.parametrize("wound", ["publishes nothing", "or all of it"])
def test_a_mutant_is_published_whole_or_not_at_all(app, wound):
    number = releases.current_number()

    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(mutants())
    def tried(mutant):
        nonlocal number
        path, text = mutant
        try:
            release = publish({**SHIPPED, path: text})
        except schema.SchemaError as error:
            assert error.problems
            assert releases.current_number() == number
        else:
            number += 1
            assert (release.number, release.documents[path]) == (number, text)

    tried()
