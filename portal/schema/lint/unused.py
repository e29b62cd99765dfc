"""Documents nothing names: for the check-up and the studio, which also knows what campaigns use."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from portal.schema.catalog import Catalog
from portal.schema.clauses import clauses

Named = tuple[str, str]  # kind of document and its key; a tag is ("tags", tag)


def unused(catalog: Catalog, elsewhere: Collection[Named] = ()) -> list[Named]:
    """Return messages, segments, calendars and tags that nothing in the documents names, nor anything `elsewhere`."""
    named = {*_named(catalog), *elsewhere}
    there = [
        # A campaign begins with the text of the first message; replies are chosen at the desk.
        *(("messages", key) for key in list(catalog.messages)[1:] if not catalog.messages[key].is_reply),
        *(("segments", key) for key in catalog.segments),
        # The first calendar is the one every span is counted in.
        *(("calendars", key) for key in list(catalog.calendars)[1:]),
        *(("tags", tag) for group in catalog.tags.values() for tag, told in group.values.items() if told.when is None),
    ]
    return [place for place in there if place not in named]


def _named(catalog: Catalog) -> Iterator[Named]:
    yield from (("messages", noun.message) for noun in catalog.coupons.values() if noun.message)
    for flow in catalog.workflows.values():
        yield from _steps(flow.steps)
    for clause in clauses(catalog):
        for test in clause.when.tests():
            for value in test.right if isinstance(test.right, tuple | list | frozenset) else (test.right,):
                yield "tags", str(value)


def _steps(steps: Sequence[Any]) -> Iterator[Named]:
    for step in steps:
        if step.mail:
            yield "messages", step.mail.message
        if step.tag:
            yield from (("tags", tag) for tag in (*step.tag.add, *step.tag.remove))
        if fork := step.fork:
            yield from _steps((*fork.then, *fork.otherwise))
