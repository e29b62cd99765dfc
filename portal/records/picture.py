"""Small pictures of pictures: drawn anew by a process that may use little and may die."""

import subprocess
import sys
from pathlib import Path

CHILD = Path(__file__).with_name("picture_child.py")
MEGABYTES, SECONDS, MEGAPIXELS = 768, 10, 60
KINDS = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def small(path: Path) -> bytes | None:
    """The picture at most 960 pixels a side, as WebP; None where the file is none or asks too much."""
    limits = map(str, (MEGABYTES, SECONDS, MEGAPIXELS))
    try:
        made = subprocess.run(
            [sys.executable, "-I", str(CHILD), str(path), *limits],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=3 * SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return made.stdout if made.returncode == 0 and made.stdout else None
