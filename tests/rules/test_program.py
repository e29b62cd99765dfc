"""Steps become instructions that know what comes next."""

from types import SimpleNamespace
from typing import Any

from portal.rules.workflows import program


def step(kind: str, **body: Any) -> SimpleNamespace:
    return SimpleNamespace(kind=kind, body=SimpleNamespace(**body))


STEPS = [
    step("task"),
    step(
        "branch",
        then=(step("set"),),
        otherwise=(step("notify"), step("branch", then=(step("tag"),), otherwise=())),
    ),
    step("notify"),
]


def test_every_step_knows_what_follows() -> None:
    known = program.compiled(STEPS)
    assert list(known) == ["0", "1", "1.then.0", "1.else.0", "1.else.1", "1.else.1.then.0", "2"]
    assert program.first(known) == "0"
    assert known["0"].next == "1"
    assert (known["1"].then, known["1"].other) == ("1.then.0", "1.else.0")
    assert known["1.then.0"].next == "2"
    assert known["1.else.0"].next == "1.else.1"
    assert (known["1.else.1"].then, known["1.else.1"].other) == ("1.else.1.then.0", "2")
    assert known["1.else.1.then.0"].next == "2"
    assert known["2"].next is None


def test_levels_and_arms_draw_the_picture() -> None:
    known = program.compiled(STEPS)
    assert [(i.level, i.arm) for i in known.values()] == [
        (0, ""), (0, ""), (1, "then"), (1, "else"), (1, "else"), (2, "then"), (0, "")
    ]  # fmt: skip


def test_no_steps_no_program() -> None:
    assert program.compiled([]) == {}
    assert program.first({}) is None
