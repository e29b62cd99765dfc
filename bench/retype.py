"""A field changes its type: how long writers wait for the release, with its column filled beforehand or by itself."""

import time
from collections.abc import Iterator

from ruamel.yaml import YAML

from bench.frame import Pair, measure
from bench.world import World
from portal.extensions import db
from portal.records import preparation, publishing
from portal.schema import compiled, releases, source
from portal.security import SYSTEM

FIELD, TYPES = "score", ("text", "decimal")
SMALLEST = 100_000  # customers; below it a release is as quick by itself


@measure("retype", "new type of a field", most=0.5)
def retype(world: World) -> Iterator[Pair]:
    """There and back: the release after its preparation, beside the release that fills the column itself."""
    if world.size < SMALLEST:
        return
    yield Pair("writers wait", lambda: sum(map(_prepared, TYPES)), lambda: sum(map(_at_once, TYPES)), rounds=3)
    yield Pair("whole", lambda: sum(map(_whole, TYPES)), lambda: sum(map(_at_once, TYPES)), most=3.0, rounds=3)


def _prepared(kind: str) -> float:
    """Seconds of the release alone."""
    plan = releases.reserve(_documents(kind), expected_release=releases.current_number())
    before, preparation.SMALL = preparation.SMALL, 0
    try:
        preparation.fill(plan, lambda _done, _total: None)
    finally:
        preparation.SMALL = before
    return _at_once(kind)


def _whole(kind: str) -> float:
    """Seconds of all of it."""
    before, preparation.SMALL = preparation.SMALL, 0
    start = time.perf_counter()
    try:
        publishing.publish(_documents(kind), by=SYSTEM, note=kind, expected_release=releases.current_number())
    finally:
        preparation.SMALL = before
    compiled.forget()
    return time.perf_counter() - start


def _at_once(kind: str) -> float:
    """Seconds of the release."""
    documents, number = _documents(kind), releases.current_number()
    db.session.commit()
    start = time.perf_counter()
    releases.publish(documents, by=SYSTEM, note=kind, expected_release=number)
    compiled.forget()
    return time.perf_counter() - start


def _documents(kind: str) -> dict[str, str]:
    path, documents = "entities/customer.yml", releases.documents(releases.current_number())
    tree = YAML(typ="safe").load(documents[path])
    tree["fields"][FIELD] = {"type": kind, "label": "Score", "filterable": True, "sortable": True}
    return {**documents, path: source.write(tree)}
