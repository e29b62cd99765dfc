"""The page of one record: what it is, what happened, what comes next."""

from typing import Any

from flask import redirect, render_template, request, url_for

from portal import confirmations, duplicates, providers, records, surveys
from portal.blueprints import files, screens
from portal.blueprints.records import rail, related
from portal.blueprints.records.blueprint import bp
from portal.blueprints.records.facts import Facts
from portal.errors import NotFound
from portal.fields import Field
from portal.records import Record
from portal.schema import Entity
from portal.security import policy
from portal.security.policy import Access

TARGET = "tab"
TICKET = "ticket"
MOST_BADGES = 3


@bp.get("/<entity:entity>/<int:record_id>")
@policy.requires_entity("view")
def show(entity: Entity, record_id: int) -> Any:
    """The record page; htmx gets the chosen tab alone."""
    record = records.fetch(entity.key, record_id, screens.me())
    if record.is_archived and "merged" not in request.args and (now := _merged_into(record)) is not None:
        return redirect(now)
    tabs = related.tabs(record)
    chosen = request.args.get("tab", "")
    tab = next((one for one in tabs if one.key == chosen), tabs[0])
    values: dict[str, Any] = {"entity": entity, "record": record, "tabs": tabs, "tab": tab}
    values |= related.content(record, tab)
    if screens.is_piece(TARGET):
        return render_template("records/tab.html", **values)
    values |= {"desk": _desk(record), "may_ask": policy.may(record.person, "audit.read")}
    values["asks_outside"] = bool(providers.asking.of(entity.key))
    values["surveys"] = surveys.asking.offered(record)
    values["can_ask"] = confirmations.asking.can_ask(record)
    values["letter"] = confirmations.POST.of_record(record) if values["can_ask"] else None
    return render_template(
        "records/show.html", **values, **rail.content(record), **facts(record), **files.panel.content(record)
    )


def _merged_into(record: Record) -> str | None:
    """The page of the record that this one was merged into, if the viewer may open it."""
    entity = record.entity
    now = duplicates.merging.survivors(entity.key, [record.values["id"]]).get(record.values["id"])
    try:
        found = records.fetch(entity.key, now, record.person) if now is not None else None
    except NotFound:
        return None
    return url_for("records.show", entity=entity, record_id=found.id) if found else None


def _desk(record: Record) -> str | None:
    """Where a ticket is answered, for who works on tickets."""
    if record.entity.key != TICKET or not policy.may(record.person, "tickets.work"):
        return None
    return url_for("desk.ticket", ticket_id=record.id)


def facts(record: Record) -> dict[str, Any]:
    """The fields of the record by the sections of its form, and what is shown beside its name."""
    layout = record.entity.layout_for(record.person.role_keys)
    sections = [(section, fields) for section in layout.form if (fields := shown(record, section))]
    closed = [pair for pair in sections[1:] if pair[0].folded is None]
    told = {"facts": Facts(record, reveals=True), "more_sections": closed}
    told |= {"sections": [pair for pair in sections if pair not in closed]}
    return told | {"detail": layout.detail, "badges": badges(record), "outside": _outside(record)}


def _outside(record: Record) -> dict[str, list[Any]]:
    """What other systems say of the fields, where any is asked about such records."""
    found: dict[str, list[Any]] = {}
    for one in providers.listing.of_record(record) if providers.asking.of(record.entity.key) else ():
        found.setdefault(one.field.key, []).append(one)
    return found


def shown(record: Record, section: Any) -> list[Field]:
    """The fields of a section that the viewer may know; one that does not apply and holds nothing is left out."""
    idle = {key for key in record.entity.demands(record.values, record.values, record.person).hidden if not record[key]}
    visible = record.visible()
    return [visible[key] for key in section.fields if key in visible and key not in idle]


def badges(record: Record) -> list[Field]:
    """The coloured choices among the columns of the list: tier, state and the like."""
    columns = record.entity.layout_for(record.person.role_keys).list.columns
    found = [record.entity.fields[key] for key in columns]
    return [one for one in found if one.type.show_key == "choice" and record.access(one.key) >= Access.READ][
        :MOST_BADGES
    ]
