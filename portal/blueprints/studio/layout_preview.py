"""The preview of a layout: the product's own templates with a real record, as the chosen role would see them."""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from flask import render_template, request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from portal import forms, records, schema
from portal.blueprints import screens
from portal.blueprints.records import rail, related, show
from portal.blueprints.records.state import ListState
from portal.blueprints.studio.layout_outline import Outline
from portal.errors import Forbidden, NotFound
from portal.fields import Field
from portal.records import Record
from portal.schema import Entity
from portal.security import Person, policy
from portal.security.policy import disguise

NEAR = 50  # records of which one is chosen
TRIES = 12  # of these until the role may see one
ROWS = 8
LOOKS = {"form": ("form", "detail"), "list": ("list",), "detail": ("detail",)}


@dataclass(frozen=True)
class Stage:
    """What a preview is played on: the entity in force in the draft's clothes, who looks, and as which role."""

    entity: Entity
    person: Person
    role: str
    look: str
    record: Record | None = None

    @property
    def may_wear(self) -> bool:
        """Whether the role may be worn; else the layout is shown with one's own rights."""
        with disguise.worn(self.person, self.role) as is_worn:
            return is_worn

    @property
    def sees(self) -> bool:
        """Whether the role sees records of this kind at all."""
        with disguise.worn(self.person, self.role):
            return policy.can(self.person, "view", self.entity.key)


def drawn(asked: Any, outline: Outline) -> Markup:
    """The preview as a piece; looking writes nothing."""
    looks = LOOKS[asked.part]
    look = request.args.get("look", "")
    entity, body = _dressed(outline, asked.role), Markup()
    stage = Stage(entity, screens.me(), asked.role, look if look in looks else looks[0]) if entity else None
    if stage is not None and stage.sees:
        stage, body = _played(stage)
    told = {"asked": asked, "looks": looks, "stage": stage, "body": body}
    return Markup(render_template("studio/layout_preview.html", **told))  # nosec B704, a template of ours


def _played(stage: Stage) -> tuple[Stage, Markup]:
    """Render with the first record that the admin and the role may see both, from where the record is cared for."""
    for own in _candidates(stage):
        with disguise.worn(stage.person, stage.role, own["team"]):
            try:
                found = records.fetch(stage.entity.key, own.id or 0, stage.person)
            except (NotFound, Forbidden):
                continue
            record = replace(found, entity=stage.entity)
            body = render_template(f"studio/preview/{stage.look}.html", **_facts(stage, record))
            return replace(stage, record=record), Markup(body)  # nosec B704, a template of ours
    return stage, Markup()


def _candidates(stage: Stage) -> Iterator[Record]:
    """Records of the admin's own sight: the one asked for, then others at random."""
    key, me = stage.entity.key, stage.person
    if not policy.can(me, "view", key):
        return
    if (wanted := request.args.get("record", type=int)) is not None:
        with suppress(NotFound, Forbidden):
            yield records.fetch(key, wanted, me)
    near = list(records.search(key, me, limit=NEAR, columns=("team",)).records)
    for _try in range(min(TRIES, len(near))):
        yield near.pop(secrets.randbelow(len(near)))


def _facts(stage: Stage, record: Record) -> dict[str, Any]:
    """What the templates of the look need."""
    entity = stage.entity
    facts: dict[str, Any] = {"entity": entity, "record": record}
    if stage.look == "form":
        return facts | {"form": forms.record_form(entity, stage.person, record)}
    if stage.look == "list":
        state = ListState(entity, stage.person, MultiDict())
        return facts | {"state": state, "page": {"records": _rows(state, stage)}, "bulk_fields": ()}
    tabs = related.tabs(record)
    facts |= {"tabs": tabs, "tab": tabs[0], **related.content(record, tabs[0])}
    return facts | {**rail.content(record), **show.facts(record)}


def _rows(state: ListState, stage: Stage) -> list[Record]:
    """The first rows of the list in the order of the layout."""
    stored = schema.current().entities[stage.entity.key].fields
    columns = [one.key for one in state.columns if one.key in stored]
    sort = [key for key in state.layout.sort if key.lstrip("-") in stored and state.may_sort(key.lstrip("-"))]
    page = records.search(stage.entity.key, stage.person, sort=sort, limit=ROWS, columns=columns)
    return [replace(one, entity=stage.entity) for one in page.records]


def _dressed(outline: Outline, role: str) -> Entity | None:
    """The entity in force with the layout, labels and new fields of the draft; nothing for one never published."""
    now, draft = schema.current().entities.get(outline.entity.key), outline.entity
    if now is None:
        return None
    fields = {key: _relabelled(one, draft.fields.get(key)) for key, one in now.fields.items()}
    fields |= {key: one for key, one in draft.fields.items() if key not in fields and one.expression is None}
    layout = draft.layout_for((role,) if role else ())
    known = [replace(one, fields=tuple(key for key in one.fields if key in fields)) for one in layout.form]
    columns = replace(layout.list, columns=tuple(key for key in layout.list.columns if key in fields))
    return replace(now, fields=fields, form=tuple(known), list=columns, detail=layout.detail, layouts={})


def _relabelled(now: Field, draft: Field | None) -> Field:
    return now if draft is None else replace(now, label=draft.label, help=draft.help, required=draft.required)
