"""The state machine of releases; RELEASE_EXAMPLES and RELEASE_STEPS make it longer than a run in CI."""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from portal.records import preparation
from tests.schema.machine import Releases

EXAMPLES, STEPS = int(os.environ.get("RELEASE_EXAMPLES", "6")), int(os.environ.get("RELEASE_STEPS", "10"))


def test_releases_in_any_order_lose_no_data(app, monkeypatch):
    monkeypatch.setattr(preparation, "SMALL", 0)
    run_state_machine_as_test(
        Releases,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
        ),
    )
