"""Things of Alice's that the tests of the routes hold out to others: found by the names of the arguments."""

import io
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from werkzeug.routing import Rule

from portal import clock, schema
from portal.extensions import db
from portal.schema import Entity
from portal.security import SYSTEM, people, policy

# Arguments that name no object of anybody's: documents of the release, files of the code, signed words.
PLAIN = {"filename", "key", "token", "number", "export_type", "path", "kind", "name", "field", "target"}
SAFE = {"GET", "HEAD", "OPTIONS"}


def _sign_in(world: "World") -> int:
    people.open_session(world.owner)
    db.session.commit()
    return people.open_sessions(world.owner)[0].id


def _row(row: Any) -> int:
    db.session.add(row)
    db.session.commit()
    return int(row.id)


def _campaign(world: "World") -> int:
    from portal.campaigns.models import Campaign

    owner = world.owner
    return _row(Campaign(name="Autumn", segment="vip_customers", owner_id=owner.id, office_id=owner.office_id))


def _message(world: "World") -> int:
    from portal.desk.models import MessageKind, TicketMessage

    return _row(TicketMessage(ticket_id=world.record("ticket").id, kind=MessageKind.REPLY, body="Hello"))


def _job(world: "World") -> int:
    from portal import jobs

    job = jobs.enqueue("jobs.tidy", {}, by=world.owner)
    db.session.commit()
    return int(job.id)


def _report(world: "World") -> int:
    from portal.insights.archive import ReportFile

    day, owner = clock.today(), world.owner
    subject = {"subject_kind": "person", "subject_id": owner.id, "subject_name": owner.name}
    file = {"file_id": 1, "pages": 1, "size": 1, "made_at": clock.now(), "locale": "zh", "start": day, "end": day}
    return _row(ReportFile(report="activity", title="Week", person_id=owner.id, **subject, **file))


def _notice(world: "World") -> int:
    from portal.mail import Notice

    return _row(Notice(person_id=world.owner.id, text="Look", link="/", at=clock.now()))


def _run(world: "World") -> int:
    from portal.rules.workflows import WorkflowRun

    customer = world.record("customer").id
    return _row(WorkflowRun(workflow="x", entity="customer", record_id=customer, release=1, cause="clock"))


def _approval(world: "World") -> int:
    from portal.rules.approvals import Approval

    about = {"entity": "customer", "record_id": world.record("customer").id, "asked_by_id": world.owner.id}
    title = {"zh": "折扣", "en": "Discount"}
    return _row(Approval(run_id=world.argument("run_id"), path="0", title=title, levels=1, **about))


def _view(world: "World") -> int:
    from portal.records.views import SavedView

    return _row(SavedView(entity="customer", person_id=world.owner.id, name="Mine", query={}))


def _draft(world: "World") -> int:
    from portal.schema.models import Draft

    facts = {"person_name": "Alice", "name": "Mine", "base": 1, "edits": {}, "updated_at": clock.now()}
    return _row(Draft(person_id=world.owner.id, in_hand=True, **facts))


def _file(world: "World") -> int:
    from portal import records

    stored = records.files.store(io.BytesIO(b"for Alice"), "note.txt", by=world.owner)
    db.session.commit()
    return int(stored.id)


def _call(world: "World") -> int:
    from portal.rules.webhooks import WebhookCall

    call = WebhookCall(run_id=world.argument("run_id"), url="https://erp.example.cn/hook", body={"fields": {}})
    call.state = "failed"
    db.session.add(call)
    db.session.commit()
    return int(call.id)


def _import(world: "World") -> int:
    from portal.integrations import imports

    sheet = io.BytesIO("客户名称,手机\n远景科技,13800138000\n".encode())
    plan = imports.begin(schema.current().entities["customer"], sheet, "customers.csv", world.owner)
    db.session.commit()
    return int(plan.id)


def _two(world: "World") -> list[int]:
    by = world.owner if policy.can(world.owner, "create", "customer") else SYSTEM
    return [world.make("customer", by=by, name=name, owner=world.owner.id).id for name in ("瑞祥", "瑞祥机械")]


def _pair(world: "World") -> int:
    from portal.duplicates.models import OPEN, DuplicatePair

    ends = dict(zip(("first_id", "second_id"), _two(world), strict=True))
    told = {"points": 100, "is_sure": True, "reasons": [], "state": OPEN, "found_at": clock.now()}
    return _row(DuplicatePair(entity="customer", **ends, **told))


def _merge(world: "World") -> int:
    from portal.duplicates import merging

    found = merging.merge("customer", *_two(world), by=SYSTEM)
    db.session.commit()
    return int(found.id)


def _confirmation(world: "World") -> int:
    from portal.confirmations import Confirmation

    one = Confirmation(document="customer", entity="customer", record_id=world.record("customer").id, address="a@b.cn")
    one.nonce, one.state, one.ends_at, one.answered_at = "n", "proposed", clock.now(), clock.now()
    one.proposal = {"city": "北京"}
    return _row(one)


def _survey(world: "World") -> int:
    from portal.surveys import SurveyLetter

    about = {"document": "satisfaction", "entity": "customer", "record_id": world.record("customer").id}
    one = SurveyLetter(**about, address="a@b.cn", nonce="n", state="answered", ends_at=clock.now())
    one.answered_at, one.answers = clock.now(), {}
    return _row(one)


def _coupon(world: "World") -> int:
    from portal.coupons import Coupon, codes

    one = Coupon(document="win_back", entity="customer", record_id=world.record("customer").id, code=codes.new())
    one.worth, one.ends_at = {"zh": "满 500 减 50", "en": "50 off"}, clock.now() + timedelta(days=9)
    return _row(one)


def _outside(world: "World") -> int:
    from portal.providers import OutsideValue

    about = {"entity": "customer", "record_id": world.record("customer").id, "field": "city"}
    one = OutsideValue(provider="register", state="differs", fetched_at=clock.now(), **about)
    one.value = "北京"
    return _row(one)


def _line(world: "World") -> int:
    from portal import audit

    newest = audit.lines(entity="customer", record_id=world.record("customer").id).limit(1)
    return int(db.session.scalars(newest).one().id)


MAKERS: dict[str, Callable[["World"], int]] = {
    "person_id": lambda world: world.owner.id,
    "office_id": lambda world: world.owner.office_id,
    "team_id": lambda world: world.owner.team_id,
    "sign_in_id": _sign_in,
    "campaign_id": _campaign,
    "message_id": _message,
    "job_id": _job,
    "notice_id": _notice,
    "report_id": _report,
    "run_id": _run,
    "approval_id": _approval,
    "call_id": _call,
    "pooled_id": lambda world: world.record("customer").id,
    "view_id": _view,
    "draft_id": _draft,
    "file_id": _file,
    "import_id": _import,
    "pair_id": _pair,
    "merge_id": _merge,
    "line_id": _line,
    "confirmation_id": _confirmation,
    "letter_id": _survey,
    "coupon_id": _coupon,
    "outside_id": _outside,
}


class World:
    """Makes and keeps what belongs to one owner."""

    def __init__(self, make: Callable[..., Any], owner: Any) -> None:
        self.make, self.owner, self.kept = make, owner, {}

    def record(self, key: str) -> Any:
        """A record of the entity with every required field filled."""
        if key not in self.kept:
            by = self.owner if policy.can(self.owner, "create", key) else SYSTEM
            values = {"owner": self.owner.id} | self.values(schema.current().entities[key])
            self.kept[key] = self.make(key, by=by, **values)
            db.session.commit()
        return self.kept[key]

    def values(self, entity: Entity) -> dict[str, Any]:
        """Sample values; references lead to records of the same owner."""
        rng, values = random.Random(entity.key), {}
        for key, field in entity.writable().items():
            target = field.type.target
            if (
                target in schema.current().entities
                and target != entity.key
                and (field.required or key == entity.parent)
            ):
                values[key] = self.record(target).id
            elif field.required and target is None:
                values[key] = field.type.sample(rng)
        return values

    def argument(self, name: str) -> int:
        """The id for an argument of a route."""
        entities = schema.current().entities
        if name.removesuffix("_id") in entities:
            return int(self.record(name.removesuffix("_id")).id)
        if name not in self.kept:
            self.kept[name] = MAKERS[name](self)
        return int(self.kept[name])

    def addresses(self, rule: Rule) -> Iterator[str]:
        """The addresses of a rule for what the owner has; one for each entity when the rule is for all."""
        if unknown_arguments(rule):
            return  # test_every_argument_can_be_made tells
        if "entity" not in rule.arguments:
            yield _filled(rule, {name: self._plain_or_id(name) for name in rule.arguments})
            return
        for entity in schema.current().entities.values():
            rest = rule.arguments - {"entity"}
            ids = {
                name: self.record(entity.key).id if name == "record_id" else self._plain_or_id(name) for name in rest
            }
            yield _filled(rule, ids | {"entity": entity})

    def _plain_or_id(self, name: str) -> Any:
        return "1" if name in PLAIN else self.argument(name)


def _filled(rule: Rule, values: dict[str, Any]) -> str:
    built = rule.build(values, append_unknown=False)
    assert built is not None, f"cannot build {rule.rule} from {sorted(values)}"
    return built[1]


def unknown_arguments(rule: Rule) -> set[str]:
    """The arguments for which nobody said how to make an object."""
    of_entities = {"entity", "record_id"} | {f"{key}_id" for key in schema.current().entities}
    return rule.arguments - PLAIN - MAKERS.keys() - of_entities


def object_rules(app: Any) -> list[Rule]:
    """The rules that name an object of somebody's."""
    return [rule for rule in app.url_map.iter_rules() if rule.arguments - PLAIN - {"entity"}]


def calls(app: Any, rules: Any = None) -> Iterator[tuple[str, Rule]]:
    """Every method with every rule."""
    for rule in rules if rules is not None else app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, rule
