"""The workflows of the release."""

from typing import Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import jobs, rules, schema
from portal.blueprints import screens
from portal.blueprints.workflows.blueprint import bp
from portal.errors import NotFound
from portal.rules.workflows import picture
from portal.rules.workflows import runs as store
from portal.schema import Entity
from portal.security import policy


@bp.get("/")
@policy.signed_in
def index() -> str:
    """Every workflow on entities the person may see, as a picture with the numbers of its runs."""
    found = [noun for noun in schema.current().workflows.values() if policy.can(current_user, "view", noun.on)]
    numbers = store.numbers(current_user)
    cards = [
        {
            "noun": noun,
            "entity": schema.current().entities[noun.on],
            "trigger": trigger_text(noun, schema.current().entities[noun.on]),
            "lines": picture.of_workflow(noun),
            "numbers": numbers.get(noun.key, {}),
        }
        for noun in found
    ]
    stuck = sum(states.get("stuck", 0) for states in numbers.values())
    return render_template("workflows/index.html", cards=cards, stuck=stuck, may_steer=_may_steer())


@bp.post("/<key>/start")
@policy.requires("jobs.manage")
def start(key: str) -> Response:
    """Start a workflow of the clock now, for all records that meet its condition."""
    noun = schema.current().workflows.get(key)
    if noun is None or noun.trigger.daily is None or not noun.active:
        raise NotFound
    jobs.enqueue(rules.triggers.JOB, {"workflow": key}, by=current_user, unique_key=f"{rules.triggers.JOB}:{key}")
    screens.tell(_("“%(name)s” is being started; runs appear in a moment.", name=noun.label))
    return redirect(url_for("workflows.index"), 303)


def trigger_text(noun: Any, entity: Entity) -> str:
    """What sets a workflow off."""
    trigger = noun.trigger
    if trigger.daily:
        return _("Every day at %(time)s", time=f"{trigger.daily:%H:%M}")
    if trigger.event == "created":
        return _("When a %(entity)s is created", entity=entity.label)
    if trigger.fields:
        fields = ", ".join(str(entity.fields[key].label) for key in trigger.fields)
        return _("When %(fields)s changes", fields=fields)
    return _("When a %(entity)s changes", entity=entity.label)


def _may_steer() -> bool:
    return policy.may(current_user, "jobs.manage")
