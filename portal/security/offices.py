"""Offices and teams: add and change, with an audit line each."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar
from zoneinfo import available_timezones

from flask import current_app, g, has_app_context
from flask_babel import gettext as _
from sqlalchemy import select

from portal import audit, schema
from portal.errors import Invalid
from portal.extensions import db
from portal.schema import check, compiled
from portal.security.actors import Actor
from portal.security.models import Office, Team

Unit = TypeVar("Unit", Office, Team)


def tree() -> Mapping[int, tuple[str, int | None]]:
    """Key and office above of every office by its id, read once per request or job."""
    found: dict[int, tuple[str, int | None]] | None = g.get("offices")
    if found is None:
        rows = db.session.execute(select(Office.id, Office.key, Office.parent_id)).all()
        found = g.offices = {id_: (key, above) for id_, key, above in rows}
    return found


def way_up(office_id: int | None) -> list[int]:
    """The office and those above it, the lowest first."""
    known, path = tree(), list[int]()
    while office_id is not None and office_id in known and office_id not in path:
        path.append(office_id)
        office_id = known[office_id][1]
    return path


def below(office_id: int) -> list[int]:
    """The office and every office below it."""
    return sorted(id_ for id_ in tree() if office_id in way_up(id_))


def path_of(office_id: int | None) -> tuple[str, ...]:
    """The keys of the offices from the top down to this one; nothing while no office has documents of its own."""
    if office_id is None or not compiled.base().overlaid:
        return ()
    return tuple(tree()[id_][0] for id_ in reversed(way_up(office_id)))


def descents() -> Iterator[tuple[str, ...]]:
    """The keys from the top down to each office; nothing where no database is at hand, as for a check of files."""
    if has_app_context() and "sqlalchemy" in current_app.extensions:
        yield from (tuple(tree()[id_][0] for id_ in reversed(way_up(office_id))) for office_id in tree())


def catalog_of(office_id: int | None) -> schema.Catalog:
    """The catalogue in force as an office has it: the base where there is none."""
    base = compiled.base()
    return compiled.overlaid(path_of(office_id)) if base.overlaid else base


@contextmanager
def looking_from(office_id: int | None) -> Iterator[None]:
    """Let `schema.current` be as the office has it, for work done in somebody's name."""
    with compiled.looking_from(path_of(office_id)):
        yield


def save_office(office: Office, values: Mapping[str, object], *, by: Actor) -> Office:
    """Write key, name, zone and the office above; raises Invalid for a loop, a taken key or an unknown zone."""
    if values.get("zone") and values["zone"] not in available_timezones():
        raise Invalid({"zone": _("There is no such time zone.")})
    above = values.get("parent_id")
    while above is not None and office.id is not None:
        if above == office.id:
            raise Invalid({"parent_id": _("An office cannot stand above itself.")})
        above = db.session.get_one(Office, above).parent_id
    with db.session.begin_nested():  # what is refused below leaves nothing behind
        saved = _save(office, values, by)
        if compiled.base().overlaid:
            _stay_fit()
    return saved


def _stay_fit() -> None:
    """Raise Invalid where the documents of offices would not hold with the offices as they stand now."""
    number = compiled.current_number()
    wrong = [one for one in check.check(schema.releases.documents(number)).errors if one.file.startswith("offices/")]
    if wrong:
        g.pop("offices", None)
        told = _("Documents of offices would loosen what then stands above them: %(problem)s", problem=str(wrong[0]))
        raise Invalid({"parent_id": told})


def save_team(team: Team, values: Mapping[str, object], *, by: Actor) -> Team:
    """Write key, name, office and lead of a team; raises Invalid for a taken key or a missing office."""
    if values.get("office_id") is None:
        raise Invalid({"office_id": _("Choose an office.")})
    return _save(team, values, by)


def _save(unit: Unit, values: Mapping[str, object], by: Actor) -> Unit:
    model, key, kind = type(unit), str(values.get("key") or ""), type(unit).__tablename__
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", key):
        raise Invalid({"key": _("Use small letters, digits and underscore, beginning with a letter.")})
    if db.session.scalar(select(model.id).where(model.key == key, model.id != (unit.id or 0))):
        raise Invalid({"key": _("This key is taken.")})
    before = {name: getattr(unit, name) for name in values}
    for name, value in values.items():
        setattr(unit, name, value)
    is_new = unit.id is None
    db.session.add(unit)
    db.session.flush()
    g.pop("offices", None)
    changes = {name: [before[name], value] for name, value in values.items() if before[name] != value}
    audit.record(
        f"{kind}.{'added' if is_new else 'changed'}", by=by, entity=kind, record_id=unit.id, data={"changes": changes}
    )
    return unit
