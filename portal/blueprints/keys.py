"""The data keys of encrypted fields: which one seals, what is still sealed with an old one, and another one now."""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug import Response

from portal import records, schema, vault
from portal.blueprints import screens
from portal.fields import Field
from portal.jobs import Job, model
from portal.schema import Entity
from portal.security import policy

bp = Blueprint("keys", __name__, url_prefix="/keys")
STATES = {
    "current": (_l("Seals new values"), "green"),
    "old": (_l("Being replaced"), "blue"),
    "retired": (_l("Retired"), "gray"),
}


FIELDS = {
    "sealed": (_l("Sealed"), "green"),
    "sealing": (_l("Being sealed"), "blue"),
    "opening": (_l("Being opened"), "orange"),
}


@dataclass(frozen=True)
class Sealed:
    """A field that is encrypted, or was: `state` is sealed, sealing or opening while the job is at it."""

    entity: Entity
    field: Field
    state: str


@bp.get("/")
@policy.requires("admin")
def index() -> str:
    """The page; while values are being sealed it asks for its piece again."""
    name = "keys/standing.html" if screens.is_piece("keys") else "keys/index.html"
    return render_template(name, keys=vault.keyring.rows(), states=STATES, fields=_fields(), looks=FIELDS, job=_job())


@bp.post("/")
@policy.requires("admin")
def rotate() -> Response:
    """Seal new values with another key from now on, and the others in the background."""
    number = records.resealing.rotate(screens.me())[0]
    screens.tell(_("Key %(number)s seals new values; those that are there follow.", number=number))
    return redirect("/keys/", 303)


def _fields() -> list[Sealed]:
    states = vault.places.states()
    stored = ((entity, field) for entity in schema.releases.base().stored.values() for field in entity.fields.values())
    return [
        Sealed(entity, field, states.get(field.place, "sealed"))
        for entity, field in stored
        if field.encrypted or field.place in states
    ]


def _job() -> Job | None:
    """The job that seals, as long as it has not ended well."""
    found = Job.newest(records.resealing.JOB)
    return None if found is None or found.state == model.DONE else found
