"""Where a peer keeps its records: the engines are those of our own side."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import engines

Told = dict[str, str]


@contextmanager
def database(engine: str, scratch: Path, empty: Path, prepare: Callable[[Told], None]) -> Iterator[Told]:
    """An empty database as `inside/peer_database.py` reads it: on SQLite a copy of one prepared once and kept."""
    if engine == "sqlite":
        if not empty.is_file():
            draft = empty.with_suffix(".draft")
            draft.unlink(missing_ok=True)
            prepare({"PEER_DATABASE": str(draft)})
            draft.rename(empty)
        yield {"PEER_DATABASE": shutil.copyfile(empty, str(scratch / "peer.sqlite3"))}
        return
    with engines.postgres() as server:
        server.execute("CREATE DATABASE peer")
        told = {"PEER_DATABASE": "peer", "PEER_HOST": str(server.folder), "PEER_OWNER": server.owner}
        prepare(told)
        yield told
