"""What a browser sends back of the condition builder as it is shown."""

from collections.abc import Iterator

from portal.forms.builder import Builder
from portal.forms.lines import Group, Row


def sent_lines(builder: Builder) -> Iterator[tuple[str, str]]:
    """The names and values of its inputs, in their order on the page."""
    return _group(builder.prefix, builder.group, "")


def _group(prefix: str, group: Group, place: str) -> Iterator[tuple[str, str]]:
    yield f"{prefix}join-{place}" if place else f"{prefix}join", group.join
    for number, line in enumerate(group.lines):
        here = f"{place}.{number}" if place else str(number)
        yield f"{prefix}row", here
        yield from _group(prefix, line, here) if isinstance(line, Group) else _row(prefix, line, here)


def _row(prefix: str, row: Row, place: str) -> Iterator[tuple[str, str]]:
    yield f"{prefix}field-{place}", row.field.key
    yield f"{prefix}operator-{place}", row.operator.key
    values = list(row.values)
    if row.operator.takes == "duration" and values:
        length, unit = values[0].split(" ")
        values = [length]
        yield f"{prefix}unit-{place}", f"{unit.removesuffix('s')}s"
    yield from ((f"{prefix}value-{place}", value) for value in values)
