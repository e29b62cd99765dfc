"""Build a segment and publish it as a document of the schema."""

import re
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import schema
from portal.blueprints import screens
from portal.blueprints.segments.blueprint import bp
from portal.campaigns import audience
from portal.errors import Invalid, NotFound
from portal.forms import Builder
from portal.schema import Entity, conditions
from portal.security import policy

Answer = Response | str | tuple[str, int]
DEFAULT_ENTITY = "customer"


@bp.get("/new")
@policy.requires("segments.edit")
def new() -> str:
    """An empty segment of customers."""
    entity = schema.current().entities[DEFAULT_ENTITY]
    return _page(Builder.of(conditions.Always(), entity, current_user), "", None)


@bp.get("/<key>")
@policy.requires("segments.edit")
def segment(key: str) -> str:
    """A segment as rows, or as its sentence where it has more than one level."""
    found = schema.current().segments.get(key)
    if found is None:
        raise NotFound
    entity = schema.current().entities[found.on]
    return _page(Builder.of(found.when, entity, current_user), str(found.label), key, found.when)


@bp.post("/builder")
@policy.requires("segments.edit")
def rows() -> Response | str:
    """The rows after a choice, an added or a removed one; nothing is kept."""
    builder = _sent()
    if not screens.is_piece():
        return _page(builder, request.form.get("name", ""), request.form.get("key") or None)
    answer = make_response(render_template("segments/rows.html", builder=builder))
    answer.headers["HX-Trigger-After-Swap"] = "rows-changed"
    return answer


@bp.post("/count")
@policy.requires("segments.edit")
def count() -> str:
    """How many records the rows select now, and the sentence they make."""
    try:
        condition = _sent().condition()
    except conditions.ConditionError as refused:
        return render_template("segments/count.html", problems=refused.problems, count=None, sentence="")
    number = audience.count(_entity(), condition, current_user)
    return render_template("segments/count.html", problems=[], count=number, sentence=condition.sentence())


@bp.post("/")
@policy.requires("segments.edit")
def save() -> Answer:
    """Publish the segment as a small release."""
    builder, name, key = _sent(), request.form.get("name", "").strip(), _known(request.form.get("key"))
    try:
        if not name:
            raise Invalid({"name": _("Enter a name.")})
        builder.condition()
        key = key or _free_key(name)
        _publish(key, name, builder)
    except Invalid as refused:
        return _page(builder, name, key, problems=refused.problems), 422
    except conditions.ConditionError as refused:
        return _page(builder, name, key, problems={"when": str(refused)}), 422
    screens.tell(_("%(name)s is saved.", name=name))
    return redirect(url_for(".index"), 303)


def _publish(key: str, name: str, builder: Builder) -> None:
    document = {"segment": key, "label": name, "on": builder.entity.key, "when": builder.node() or {"always": True}}
    schema.releases.publish_document(
        f"segments/{key}.yml", schema.source.write(document), by=current_user, note=_("Segment %(name)s", name=name)
    )


def _known(key: str | None) -> str | None:
    """The key of a segment the person may rebuild; NotFound for any other."""
    if not key:
        return None
    catalog = schema.current()
    found = catalog.segments.get(key)
    if found is None or Builder.of(found.when, catalog.entities[found.on], current_user) is None:
        raise NotFound
    return key


def _free_key(name: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] or "segment"
    taken, number, key = schema.current().segments, 2, stem if stem[0].isalpha() else f"segment_{stem}"
    while key in taken:
        key, number = f"{stem}_{number}", number + 1
    return key


def _entity() -> Entity:
    entity = schema.current().entities.get(request.form.get("on") or DEFAULT_ENTITY)
    if entity is None:
        raise NotFound
    return entity


def _sent() -> Builder:
    return Builder.sent(request.form, _entity(), current_user)


def _page(
    builder: Builder | None, name: str, key: str | None, when: Any = None, problems: dict[str, str] | None = None
) -> str:
    found = schema.current().segments.get(key or "") if builder is None else None
    held = audience.count(schema.current().entities[found.on], found.when, current_user) if found else 0
    may_send = policy.may(current_user, "campaigns.edit")
    shown = {"builder": builder, "name": name, "key": key, "when": when, "problems": problems or {}}
    return render_template("segments/segment.html", held=held, may_send=may_send, **shown)
