"""The clock of the tests of workflows, and the desk of those of assignment."""

from typing import Any

import pytest
import time_machine

from tests.rules import desks
from tests.rules.stage import MONDAY


@pytest.fixture
def travel() -> Any:
    """The clock of the test, a Monday morning; `travel.move_to(...)`."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(app: Any, people: Any, travel: Any) -> Any:
    """The rules of the tests instead of those that ship."""
    return desks.use("pool")
