"""The file of an import: sealed where its entity has encrypted fields, and open only while it is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from portal import records
from portal.schema import Entity
from portal.security import Actor
from portal.vault import boxes

PURPOSE = "import"


def keep(entity: Entity, stream: IO[bytes], name: str, by: Actor) -> records.files.StoredFile:
    """Keep the file; raises Invalid when it is too large."""
    if not entity.sealed:
        return records.files.store(stream, name, by=by)
    with boxes.sealed(stream, PURPOSE) as closed:
        return records.files.store(closed, name, by=by)


@contextmanager
def local(stored: records.files.StoredFile) -> Iterator[Path]:
    """The file as it was sent; raises NotFound when it is gone."""
    with records.files.local(stored) as path, boxes.opened(path, PURPOSE) as plain:
        yield plain
