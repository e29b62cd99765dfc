"""How large the faults are, and what was measured: one line each, which `make faults` shows at its end."""

import os
import sys
from pathlib import Path

FULL = bool(os.environ.get("FAULTS_FULL"))


def figures(line: str) -> None:
    """Tell what was measured, on the terminal and in the file that FAULTS_FIGURES names."""
    print(f"\nFIGURE {line}", file=sys.stderr, flush=True)
    if kept := os.environ.get("FAULTS_FIGURES"):
        with Path(kept).open("a", encoding="utf-8") as stream:
            stream.write(f"{line}\n")
