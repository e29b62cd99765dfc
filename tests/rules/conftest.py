"""The clock of the tests of workflows."""

from typing import Any

import pytest
import time_machine

from tests.rules.stage import MONDAY


@pytest.fixture
def travel() -> Any:
    """The clock of the test, a Monday morning; `travel.move_to(...)`."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller
