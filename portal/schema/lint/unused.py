"""Documents no other document names: for the check-up, which also knows what people and campaigns use."""

from collections.abc import Iterator, Sequence
from typing import Any

from portal.schema.catalog import Catalog
from portal.schema.conditions import Condition
from portal.schema.lint.grid import tests

Named = tuple[str, str]  # kind of document and its key; a tag is ("tags", tag)


def unused(catalog: Catalog) -> list[Named]:
    """Return messages, segments, calendars and tags that nothing in the documents names."""
    named = set(_named(catalog))
    there = [
        *(("messages", key) for key in catalog.messages),
        *(("segments", key) for key in catalog.segments),
        # The first calendar is the one every span is counted in when none is named.
        *(("calendars", key) for key in list(catalog.calendars)[1:]),
        *(("tags", tag) for group in catalog.tags.values() for tag in group.values),
    ]
    return [place for place in there if place not in named]


def _named(catalog: Catalog) -> Iterator[Named]:
    for flow in catalog.workflows.values():
        yield from _steps(flow.steps)
    for condition in _conditions(catalog):
        for test in tests(condition):
            for value in test.right if isinstance(test.right, tuple | list | frozenset) else (test.right,):
                yield "tags", str(value)


def _steps(steps: Sequence[Any]) -> Iterator[Named]:
    for step in steps:
        if step.mail:
            yield "messages", step.mail.message
        if step.tag:
            yield from (("tags", tag) for tag in (*step.tag.add, *step.tag.remove))
        if step.branch:
            yield from _steps((*step.branch.then, *step.branch.otherwise))


def _conditions(catalog: Catalog) -> Iterator[Condition]:
    holders: list[Any] = [*catalog.segments.values(), *catalog.workflows.values(), *catalog.metrics.values()]
    holders += [level for tier in catalog.tiers.values() for level in tier.levels.values()]
    holders += [tag for group in catalog.tags.values() for tag in group.values.values()]
    holders += [grant for role in catalog.roles.values() for grant in role.entities.values()]
    for report in catalog.reports.values():
        holders += [*report.sections, *(figure for section in report.sections for figure in section.figures)]
    yield from (holder.when for holder in holders if holder.when is not None)
