"""Ask a provider about a record: a job, tried again with longer pauses, that leaves nothing locked while it waits."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from flask import current_app

from portal import clock, jobs, rules, schema
from portal.errors import NotFound
from portal.extensions import db, transaction
from portal.jobs import Work
from portal.providers import beside
from portal.providers.models import OutsideFetch
from portal.records import Record, fetch, tables
from portal.security import SYSTEM, Actor

JOB, REFRESH = "providers.fetch", "providers.refresh"
PAUSES = (1, 5, 30, 120)  # minutes between the tries
A_PASS = 500  # records that one pass over the due ones asks for
outgoing = rules.webhooks.outgoing


def of(entity_key: str) -> list[Any]:
    """The providers of a kind of records."""
    return [noun for noun in schema.current().providers.values() if noun.on == entity_key]


def ask(noun: Any, record_id: int, *, by: Actor | None = None) -> jobs.Job:
    """Have a provider asked about a record now."""
    arguments = {"provider": noun.key, "record": record_id}
    return jobs.enqueue(JOB, arguments, unique_key=_key(noun, record_id), by=by)


def is_asked(entity_key: str, record_id: int) -> bool:
    """Whether an answer about a record is awaited just now."""
    keys = [_key(noun, record_id) for noun in of(entity_key)]
    mine = sa.and_(jobs.Job.kind == JOB, jobs.Job.unique_key.in_(keys), jobs.Job.ended_at.is_(None))
    return bool(db.session.scalar(sa.select(sa.exists().where(mine))))


def _key(noun: Any, record_id: int) -> str:
    return f"{JOB}:{noun.key}:{record_id}"


def refresh(work: Work | None = None) -> int:
    """Ask about the records that were never asked about, or not for long: a job; return how many are asked for."""
    asked = 0
    for noun in schema.current().providers.values():
        table, entity = tables.table_of(noun.on), tables.entity_of(noun.on)
        match = tables.column(table, entity, noun.match)
        mine = sa.and_(OutsideFetch.provider == noun.key, OutsideFetch.record_id == table.c.id)
        waits = sa.exists().where(mine, OutsideFetch.next_at > clock.now())
        due = sa.select(table.c.id).where(table.c.archived_at.is_(None), match.is_not(None), sa.not_(waits))
        for id_ in list(db.session.scalars(due.order_by(table.c.id).limit(A_PASS))):
            with transaction():
                ask(noun, id_)
            asked += 1
    return asked


def run(work: Work) -> str:
    """Ask one provider about one record, and keep what it says beside ours: a job; return what came of it."""
    noun = schema.current().providers.get(work.arguments["provider"])
    record = _record(noun, work.arguments["record"]) if noun is not None else None
    if noun is None or record is None or record[noun.match] is None:
        return "nothing to ask"
    id_ = record.values["id"]
    try:
        answer, text, is_over = _answered(noun, record), "", True
    except outgoing.Refused as refused:
        answer, text, is_over = None, f"refused: {refused}", True
    except outgoing.Failed as failed:
        answer, text, is_over = None, str(failed), False
    db.session.rollback()
    with transaction():
        _note(noun, id_, text, is_over=is_over)
        if answer is not None:
            beside.keep(noun, fetch(noun.on, id_, SYSTEM), answer)
    return text or "answered"


def _record(noun: Any, record_id: int) -> Record | None:
    try:
        record = fetch(noun.on, record_id, SYSTEM)
    except NotFound:
        return None
    return None if record.is_archived else record


def _answered(noun: Any, record: Record) -> Any:
    """The answer as data; raises Refused, or Failed with the reason. Whom it does not know it knows nothing of."""
    field = record.entity.fields[noun.match]
    word = quote(str(field.type.dump(record[noun.match])), safe="")
    url, headers = noun.url.replace("{match}", word), {"Accept": "application/json"}
    outgoing.check(url)
    if noun.secret is not None:
        headers[noun.header] = noun.prefix + secret(noun.secret)
    db.session.rollback()  # nothing is locked while the other side thinks
    reply = outgoing.ask(noun.method.upper(), url, headers)
    if reply.status in (404, 410):
        return {}
    if not reply.is_yes:
        raise outgoing.Failed(f"HTTP {reply.status}")
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError) as problem:
        raise outgoing.Failed("not JSON") from problem


def secret(name: str) -> str:
    """The secret of that name, as the operator keeps it; raises Refused where there is none."""
    for pair in current_app.config["PORTAL"].provider_secrets.split(";"):
        key, _equal, text = pair.partition("=")
        if key.strip() == name and text.strip():
            return str(text.strip())
    raise outgoing.Refused("secret")


def _note(noun: Any, record_id: int, text: str, *, is_over: bool) -> None:
    """Keep how it went, and ask again after a pause where that may help."""
    mine = sa.and_(OutsideFetch.provider == noun.key, OutsideFetch.record_id == record_id)
    one = db.session.scalars(sa.select(OutsideFetch).where(mine).with_for_update()).first()
    if one is None:
        one = OutsideFetch(provider=noun.key, entity=noun.on, record_id=record_id, tries=0)
        db.session.add(one)
    one.answer, one.asked_at, one.next_at = text[:200], clock.now(), clock.now() + noun.refresh
    if is_over:
        one.tries = 0
        return
    one.tries += 1
    if one.tries <= len(PAUSES):
        later = clock.now() + timedelta(minutes=PAUSES[one.tries - 1])
        arguments = {"provider": noun.key, "record": record_id}
        jobs.enqueue(JOB, arguments, not_before=later)
    else:
        one.tries = 0  # until it is due again
