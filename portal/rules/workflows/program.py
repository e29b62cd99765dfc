"""The steps of a workflow as instructions that know what comes next: pure, so a run can stop and go on anywhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol


class Step(Protocol):
    """What is asked of a step of the schema."""

    @property
    def kind(self) -> str: ...
    @property
    def body(self) -> Any: ...


@dataclass(frozen=True)
class Instruction:
    """One step with its place: `next` follows it, `then` and `other` follow one that forks."""

    path: str
    kind: str
    body: Any
    level: int
    arm: str = ""  # "then" or "else" when it stands inside a branch
    next: str | None = None
    then: str | None = None
    other: str | None = None
    forks: bool = False


Program = Mapping[str, Instruction]


def compiled(steps: Sequence[Step]) -> Program:
    """Return the instructions by path, in the order in which a person reads them."""
    return {instruction.path: instruction for instruction in _linked(steps, "", None, 0, "")}


def first(program: Program) -> str | None:
    """Return the path of the first step, or None for a workflow without steps."""
    return next(iter(program), None)


def _linked(steps: Sequence[Step], prefix: str, after: str | None, level: int, arm: str) -> Iterator[Instruction]:
    for number, step in enumerate(steps):
        path = f"{prefix}{number}"
        follows = f"{prefix}{number + 1}" if number + 1 < len(steps) else after
        instruction = Instruction(path, step.kind, step.body, level, arm, follows)
        if hasattr(step.body, "otherwise"):
            yield from _branch(instruction)
        else:
            yield instruction


def _branch(branch: Instruction) -> Iterator[Instruction]:
    arms = {"then": branch.body.then, "else": branch.body.otherwise}
    begins = {arm: f"{branch.path}.{arm}.0" if steps else branch.next for arm, steps in arms.items()}
    yield replace(branch, forks=True, then=begins["then"], other=begins["else"])
    for arm, steps in arms.items():
        yield from _linked(steps, f"{branch.path}.{arm}.", branch.next, branch.level + 1, arm)
