"""The left navigation: what there is, in groups, and only what the person may use."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask_babel import lazy_gettext as _l

from portal import records, sales, schema
from portal.schema import Entity, conditions
from portal.security import Person, policy


@dataclass(frozen=True)
class Entry:
    """One line of the navigation; `ability` and `entity` say who sees it."""

    label: Any
    icon: str
    href: str
    ability: str | None = None
    entity: str | None = None
    under: str = ""  # where its pages stand, if not below its own address
    also: tuple[str, ...] = ()  # where more of its pages stand

    def is_open_to(self, person: Person) -> bool:
        """Whether the person may use what the entry leads to."""
        if self.ability is not None and not policy.may(person, self.ability):
            return False
        return self.entity is None or policy.can(person, "view", self.entity)

    def is_above(self, place: str) -> bool:
        """Whether the page with this path stands under the entry."""
        paths = [path.rstrip("/") for path in (self.under or self.href, *self.also)]
        return place.rstrip("/") in paths or any(path and place.startswith(path + "/") for path in paths)


@dataclass(frozen=True)
class Group:
    """Entries under one heading."""

    label: Any
    entries: tuple[Entry, ...]


HOME = Entry(_l("Home"), "home", "/")
TODAY = Entry(_l("Today"), "checklist", "/today")
APPROVALS = Entry(_l("My approvals"), "user-check", "/approvals/")
POOL = Entry(_l("Public pool"), "users", "/pool/")
GROUPS = (
    Group(
        _l("Service"),
        (
            Entry(_l("Ticket desk"), "headset", "/desk/", ability="tickets.work"),
            Entry(_l("Workflows"), "route", "/workflows/", ability="reports.run", also=("/webhooks",)),
        ),
    ),
    Group(
        _l("Marketing"),
        (
            Entry(_l("Segments"), "target", "/segments/", ability="segments.edit"),
            Entry(_l("Campaigns"), "speakerphone", "/campaigns/", ability="campaigns.edit"),
            Entry(_l("Surveys"), "forms", "/surveys/", entity="customer"),
            Entry(_l("Coupons"), "discount", "/coupons/", ability="coupons.work"),
        ),
    ),
    Group(
        _l("Insight"),
        (
            Entry(_l("Tiers"), "crown", "/tiers/", entity="customer"),
            Entry(_l("Reports"), "report-analytics", "/reports/", ability="reports.run"),
        ),
    ),
    Group(
        _l("Data"),
        (
            Entry(_l("Imports"), "file-import", "/imports/", ability="import"),
            Entry(_l("Exports"), "file-export", "/exports/", ability="export"),
            Entry(_l("Duplicates"), "git-merge", "/duplicates/", entity="customer"),
            Entry(_l("Data quality"), "gauge", "/quality/", entity="customer", also=("/outside", "/confirmations")),
            Entry(_l("Background work"), "activity", "/jobs/"),
        ),
    ),
    Group(
        _l("Administration"),
        (
            Entry(_l("Schema studio"), "braces", "/studio/", ability="studio.edit"),
            Entry(_l("Offices' own settings"), "building", "/studio/offices", ability="studio.office"),
            Entry(_l("People"), "users", "/people/", ability="people.manage"),
            Entry(_l("Audit log"), "shield-check", "/audit", ability="audit.read"),
            Entry(_l("Backups"), "archive", "/backups/", ability="admin"),
            Entry(_l("Encryption keys"), "lock", "/keys/", ability="admin"),
            Entry(_l("System tables"), "database", "/admin/", ability="admin"),
        ),
    ),
)


def groups(person: Person) -> list[Group]:
    """The navigation of one person; groups with nothing in them are left out."""
    records = tuple(
        Entry(entity.plural, entity.icon, _opening(entity, person), under=f"/{entity.slug}")
        for entity in listed(person)
    )
    day = (TODAY,) if sales.tasks.is_open_to(person) else ()
    pool = (POOL,) if _has_pool(person) else ()
    return [Group(None, (HOME, *day, APPROVALS, *pool, *records)), *_open_groups(person)]


def _opening(entity: Entity, person: Person) -> str:
    """The address the menu leads to: the way to look at the records, and the filters, that the layout opens with."""
    layout = entity.layout_for(person.role_keys).list
    way = {"board": ("board", layout.board), "calendar": ("month", layout.calendar)}.get(layout.opens)
    field = entity.fields.get(way[1] or "") if way else None
    tests = _tests(layout.where, entity, person)
    if way is None or field is None or not records.reading.may_read(person, field):
        return f"/{entity.slug}{tests}"
    return f"/{entity.slug}/{way[0]}{tests}"


def _tests(where: conditions.Condition, entity: Entity, person: Person) -> str:
    """The filters as the end of an address, without those by a field that the person may not read."""
    pairs = conditions.to_query(where)
    fields = ((entity.fields.get(name.removeprefix(conditions.PREFIX)), (name, value)) for name, value in pairs)
    kept = [pair for field, pair in fields if records.reading.may_read(person, field)]
    return f"?{urlencode(kept, safe=':,')}" if kept else ""


def _has_pool(person: Person) -> bool:
    roles = {role for noun in schema.current().assignment.values() if noun.pool for role in noun.pool.roles}
    return bool(roles & set(person.role_keys))


def _open_groups(person: Person) -> Iterator[Group]:
    for group in GROUPS:
        entries = tuple(entry for entry in group.entries if entry.is_open_to(person))
        if entries:
            yield Group(group.label, entries)


def listed(person: Person) -> list[Entity]:
    """The entities of the menu that the person may view, in menu order."""
    found = (entity for entity in schema.current().ranked if entity.menu is not None)
    return [entity for entity in found if policy.can(person, "view", entity.key)]


def creatable(person: Person) -> list[Entry]:
    """What the "New" button offers."""
    found = [entity for entity in listed(person) if policy.can(person, "create", entity.key)]
    return [Entry(entity.label, entity.icon, f"/{entity.slug}/new") for entity in found]
