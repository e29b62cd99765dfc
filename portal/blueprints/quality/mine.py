"""What is mine to mend: my records with issues, the worst first, with the values in question to be changed in place."""

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from portal import records, schema
from portal.blueprints import screens
from portal.blueprints.quality import figures
from portal.blueprints.quality.blueprint import bp
from portal.fields import Field
from portal.records import Record
from portal.security import policy

PAGE = 30


@dataclass(frozen=True)
class Mend:
    """One record with its issues, and the fields that would mend them."""

    record: Record
    issues: list[figures.Shown]
    fields: list[Field]


@bp.get("/<key>/mine")
@policy.signed_in
def mine(key: str) -> str:
    """My records with issues."""
    me = screens.me()
    noun = figures.noun_of(key, me)
    found = figures.Figures(noun, me)
    asked: dict[str, Any] = {noun.issues: {"filled": True}, "owner": {"is_me": True}}
    chosen = next((one for one in found.issues if one.key == request.args.get("issue")), None)
    if chosen is not None:
        asked = {noun.issues: {"has": chosen.key}, "owner": {"is_me": True}}
    entity = schema.current().entities[noun.on]
    page = records.search(
        noun.on,
        me,
        condition=schema.conditions.parse(asked, entity),
        sort=(noun.score,),
        after=request.args.get("after", type=int),
        before=request.args.get("before", type=int),
        limit=PAGE,
    )
    asks = {issue.key: sorted(issue.fields()) for issue in noun.appraisal(entity).issues}
    kept: dict[str, Any] = {"issue": chosen.key} if chosen else {}
    return render_template(
        "quality/mine.html",
        noun=noun,
        nouns=figures.known(me),
        entity=entity,
        found=found,
        chosen=chosen,
        mends=[_mend(record, noun, found.issues, asks) for record in page.records],
        previous=url_for("quality.mine", key=key, before=page.previous, **kept) if page.previous else None,
        next=url_for("quality.mine", key=key, after=page.next, **kept) if page.next else None,
    )


def _mend(record: Record, noun: Any, issues: list[figures.Shown], asks: dict[str, list[str]]) -> Mend:
    """The fields are those an issue asks for that the person may fill in."""
    held = [one for one in issues if one.key in (record[noun.issues] or ())]
    keys = dict.fromkeys(key for one in held for key in asks[one.key])
    fillable = record.entity.writable()
    fields = [fillable[key] for key in keys if key in fillable and key in record.visible()]
    return Mend(record, held, [field for field in fields if not field.type.is_automatic and not field.type.is_upload])
