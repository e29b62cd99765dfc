"""A folder for a peer: a virtual environment with pinned versions from PyPI, made once."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
INSIDE = HERE / "inside"
"""What runs in the environments of peers."""


def environment(peer: str, folder: Path) -> Path:
    """The Python of the peer's own environment; nothing of it comes near ours. Raises CalledProcessError."""
    place, listed = folder / "venv", HERE / f"{peer}.txt"
    mark = place / "installed.txt"
    python = place / "bin" / "python"
    if not mark.is_file() or mark.read_text() != listed.read_text():
        said(f"installing {peer} into {place}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
        quiet = ["--quiet", "--disable-pip-version-check"]
        subprocess.run([str(python), "-m", "pip", "install", *quiet, "-r", str(listed)], check=True)
        mark.write_text(listed.read_text())
    return python


def ran(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """What a command of the peer prints; raises RuntimeError with its words when it fails."""
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def said(text: str) -> None:
    """Tell whoever waits."""
    print(f"  {text} …", file=sys.stderr, flush=True)
