"""What stands around the content of a page.

What is the same for all who hold the same roles and speak the same language is drawn once and goes with the catalogue
of the release, as the office has it.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from flask import current_app, request
from markupsafe import Markup

from portal import schema
from portal.blueprints import engine, inbox, navigation
from portal.security import Person

Answer = TypeVar("Answer")


class Frame:
    """The frame of one person's pages; worked out only where a template asks, for pieces have none."""

    def __init__(self, person: Person) -> None:
        self._person = person

    @property
    def navigation(self) -> Markup:
        """The left navigation, the entries marked under which the present page stands."""
        groups = self._remembered("groups", lambda: navigation.groups(self._person))
        above = [entry.href for group in groups for entry in group.entries if entry.is_above(request.path)]
        return self._drawn("layouts/navigation.html", tuple(sorted(above, key=len)[-1:]), groups=groups)

    @property
    def creating(self) -> Markup:
        """The "New" button with what it offers."""
        return self._drawn("layouts/creating.html", entries=lambda: navigation.creatable(self._person))

    @property
    def role_label(self) -> str:
        """What the role is called that the person has put on."""
        role = schema.current().roles.get(self._person.seen_as)
        return str(role.label) if role else ""

    @cached_property
    def unread(self) -> int:
        """How many notices wait, at most 100."""
        return inbox.unread(self._person)

    def _drawn(self, template: str, current: tuple[str, ...] = (), **values: Any) -> Markup:
        def draw() -> Markup:
            return engine.drawn(template, current=current, **values)

        return draw() if current_app.debug else self._remembered((engine.place(template), current), draw)

    def _remembered(self, what: object, answer: Callable[[], Answer]) -> Answer:
        return schema.current().remembered((Frame, self._person.role_keys, what), answer)
