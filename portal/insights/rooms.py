"""Folders for what a typesetter writes aside: gone with their program, however it or whoever runs it ends."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX, HELD = "portal-pdf-", "held"


def begin() -> tuple[str, int]:
    """A new folder and what holds it, for the program to keep open; folders that nobody holds any more are swept."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    holder = os.open(folder / f"{HELD}.new", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(holder, fcntl.LOCK_EX)
    (folder / f"{HELD}.new").rename(folder / HELD)  # so that nobody ever sees it unlocked while it is held
    return str(folder), holder


def end(folder: str) -> None:
    """Take a folder away with all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Take away the folders of programs that were killed together with whoever ran them."""
    for held in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{HELD}"):
        try:
            found = os.open(held, os.O_RDWR)
        except OSError:  # somebody else's, or gone by now
            continue
        try:
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
            end(str(held.parent))
        except BlockingIOError:
            continue
        finally:
            os.close(found)
