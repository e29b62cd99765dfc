"""Surveys in the browser: what they brought, one customer's answers, and sending one."""

from flask import Blueprint, Response, render_template, request, url_for

from portal import records, schema, surveys
from portal.blueprints import letters, picks, screens
from portal.blueprints.addresses import to
from portal.errors import NotFound
from portal.schema import Entity
from portal.security import policy
from portal.translations import language

bp = Blueprint("surveys", __name__)


@bp.get("/surveys/")
@policy.signed_in
def index() -> str:
    """The figures and the newest answers of one survey."""
    me = screens.me()
    known = surveys.results.surveys(me)
    asked = request.args.get("survey")
    one = next((one for one in known if one.noun.key == asked), known[0] if known and not asked else None)
    if one is None and known:
        raise NotFound
    if one is None:
        return render_template("surveys/index.html", known=known, one=None)
    answers, more = surveys.results.answers(one, me, before=request.args.get("before", type=int))
    values = {"results": surveys.results.of(one, me), "answers": answers, "more": more}
    entity = schema.current().entities[one.noun.on]
    said = {letter.id: surveys.results.lines(letter, record, language()) for letter, record in answers}
    return render_template("surveys/index.html", known=known, one=one, entity=entity, said=said, **values)


@bp.get("/surveys/answers/<int:letter_id>")
@policy.signed_in
def show(letter_id: int) -> str:
    """What one customer said."""
    letter, record = surveys.results.answer(letter_id, screens.me())
    noun = schema.current().surveys.get(letter.document)
    lines = surveys.results.lines(letter, record, language())
    return render_template("surveys/show.html", letter=letter, record=record, noun=noun, lines=lines)


@bp.post("/<entity:entity>/<int:record_id>/survey/<key>")
@policy.requires_entity("edit")
def ask(entity: Entity, record_id: int, key: str) -> Response:
    """Send a survey to the customer of one record."""
    me = screens.me()
    record = records.fetch(entity.key, record_id, me, "edit")
    noun = _survey(entity, key)
    letters.one(lambda: surveys.POST.ask(noun, record, by=me))
    return to(url_for("records.show", entity=entity, record_id=record_id))


@bp.post("/<entity:entity>/survey/<key>")
@policy.requires_entity("edit")
def ask_many(entity: Entity, key: str) -> Response:
    """Send a survey to the customers of the picked records."""
    letters.many(*surveys.POST.ask_many(_survey(entity, key), picks.ids(), by=screens.me()))
    return to(url_for("records.index", entity=entity))


def _survey(entity: Entity, key: str) -> object:
    noun = schema.current().surveys.get(key)
    if noun is None or noun.on != entity.key:
        raise NotFound
    return noun
