"""How large the faults are, and what was measured: one line each, which `make faults` shows at its end."""

import os
import sys
from dataclasses import replace
from pathlib import Path

from portal.settings import Settings

FULL = bool(os.environ.get("FAULTS_FULL"))


def figures(line: str) -> None:
    """Tell what was measured, on the terminal and in the file that FAULTS_FIGURES names."""
    print(f"\nFIGURE {line}", file=sys.stderr, flush=True)
    if kept := os.environ.get("FAULTS_FIGURES"):
        with Path(kept).open("a", encoding="utf-8") as stream:
            stream.write(f"{line}\n")


def usual(settings: Settings) -> Settings:
    """The same with the leases of a portal that nobody set: how soon work goes on after a kill hangs on them."""
    unset = Settings.from_environment({"PORTAL_MODE": "test"})
    leases = {name: getattr(unset, name) for name in ("lease_seconds", "heartbeat_seconds", "sweep_seconds")}
    return replace(settings, **leases)
