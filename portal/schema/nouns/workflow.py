"""`workflows/<key>.yml`: trigger, condition and the steps that follow, one after the other."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from pydantic import BeforeValidator
from pydantic import Field as Key_

from portal.fields import Text
from portal.schema.nouns.base import Duration, Key, Noun, Span, TimeOfDay, Words, check_span
from portal.schema.nouns.condition import When
from portal.schema.nouns.golden import Outcome, ProvenNoun
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog
    from portal.schema.entity import Entity


def _until(value: object) -> object:
    if value == "task_done":
        return value
    try:
        return check_span(value)
    except ValueError as error:
        raise ValueError(_l('wait for "task_done" or for a span such as "3 days" or "2 workdays"')) from error


Until = Annotated[str, BeforeValidator(_until)]


class TriggerNoun(Noun):
    """What starts a run: every day at a time of day, or a record created or changed (in one of `fields`)."""

    daily: TimeOfDay | None = None
    event: Literal["created", "changed"] | None = None
    fields: Words = ()


class TaskNoun(Noun):
    """Create a task: for `owner`, `creator`, `lead` or a role's key, due a span from now."""

    title: Text
    to: str = "owner"
    due: Span = "1 day"
    kind: str | None = None
    priority: str | None = None


class WaitNoun(Noun):
    """Wait for a span, or for `task_done` but no longer than `at_most`."""

    until: Until = Key_(alias="for")
    at_most: Span | None = None


class BranchNoun(Noun):
    """Go on with `then` or `else`, by a condition or by whether the task is done."""

    when: When | None = None
    done: Literal["task"] | None = None
    then: "tuple[StepNoun, ...]" = ()
    otherwise: "tuple[StepNoun, ...]" = Key_(default=(), alias="else")


class ApprovalLevelNoun(Noun):
    """One level: who decides, one of them or all, within a span; when late, `escalate` to others, approve or reject."""

    to: str
    need: Literal["any", "all"] = "any"
    within: Span | None = None
    late: Literal["escalate", "approve", "reject"] = "escalate"
    escalate_to: str | None = None

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the people, and that somebody is there to escalate to."""
        people = {"owner", "creator", "lead", *catalog.roles}
        for key in ("to", "escalate_to"):
            who = getattr(self, key)
            if who and who not in people:
                yield unknown((key,), who, people, _l("person or role"))
        if self.within and self.late == "escalate" and not self.escalate_to:
            yield Fault(("within",), _l('say who decides when nobody does in time: "escalate_to: manager"'))


class ApprovalNoun(Noun):
    """Ask people to approve, level after level, and go on with `then` or `else`; nobody decides on their own request
    unless `own: true`."""

    title: Text
    levels: tuple[ApprovalLevelNoun, ...] = Key_(min_length=1)
    own: bool = False
    then: "tuple[StepNoun, ...]" = ()
    otherwise: "tuple[StepNoun, ...]" = Key_(default=(), alias="else")

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check every level."""
        for place, level in enumerate(self.levels):
            for fault in level.faults(catalog):
                yield Fault(("levels", place, *fault.path), fault.message, fault.hint)


class NotifyNoun(Noun):
    """Tell `owner`, `creator`, `lead` or the people of a role."""

    to: str
    text: Text


class TagNoun(Noun):
    """Add and remove tags."""

    add: Words = ()
    remove: Words = ()
    field: str = "tags"


class AssignNoun(Noun):
    """Hand the record to somebody else."""

    to: str


class MailNoun(Noun):
    """Send a message template to the address in a field."""

    message: str
    to: str = "email"


def _address(value: object) -> object:
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError(_l('an address reads like "https://erp.example.cn/hooks/customer"'))
    return value


class WebhookNoun(Noun):
    """Send the named fields as JSON to an address whose host the operator has allowed (PORTAL_WEBHOOK_HOSTS)."""

    url: Annotated[str, BeforeValidator(_address)]
    send: Words = ()


class ConfirmNoun(Noun):
    """Ask the customer of the record to confirm the own details, as a document of confirmations says."""

    confirmation: str


class SurveyStepNoun(Noun):
    """Send a survey and go on with `then` once it is answered, with `else` when it is not `within` a span."""

    survey: str
    within: Span | None = None
    then: "tuple[StepNoun, ...]" = ()
    otherwise: "tuple[StepNoun, ...]" = Key_(default=(), alias="else")


class GiftNoun(Noun):
    """Issue a code of a document of coupons for the record, and mail it where that document has a message."""

    coupon: str

    def misfits(self, catalog: "Catalog", entity: "Entity | None") -> Iterator[Fault]:
        """Check that there are such coupons, and for records of the workflow's kind."""
        path, document = ("coupon", "coupon"), catalog.coupons.get(self.coupon)
        if document is None:
            yield unknown(path, self.coupon, catalog.coupons, _l("document"))
        elif entity is not None and document.on != entity.key:
            yield Fault(path, _l("these coupons are for records of another kind"))


class StepNoun(Noun):
    """One step: exactly one of the kinds."""

    task: TaskNoun | None = None
    wait: WaitNoun | None = None
    branch: BranchNoun | None = None
    notify: NotifyNoun | None = None
    tag: TagNoun | None = None
    set: dict[str, Any] | None = None
    assign: AssignNoun | None = None
    mail: MailNoun | None = None
    approval: ApprovalNoun | None = None
    webhook: WebhookNoun | None = None
    confirm: ConfirmNoun | None = None
    survey: SurveyStepNoun | None = None
    coupon: GiftNoun | None = None

    @property
    def kind(self) -> str:
        """Return the step's kind, such as `task`."""
        return next(iter(self.model_fields_set))

    @property
    def body(self) -> Any:
        """Return what stands under the kind."""
        return getattr(self, self.kind)

    @property
    def fork(self) -> BranchNoun | ApprovalNoun | SurveyStepNoun | None:
        """Return what the step says of the ways that part here."""
        return self.branch or self.approval or self.survey

    def faults(self, catalog: "Catalog", entity: "Entity | None" = None) -> Iterator[Fault]:
        """Check that the step is of one kind, and the people, fields and messages it names."""
        if len(self.model_fields_set) != 1:
            yield Fault((), _l("a step is exactly one of %(kinds)s", kinds=", ".join(StepNoun.model_fields)))
            return
        if fork := self.fork:
            for word, steps in (("then", fork.then), ("else", fork.otherwise)):
                yield from _step_faults((self.kind, word), steps, catalog, entity)
        if self.approval:
            for fault in self.approval.faults(catalog):
                yield Fault(("approval", *fault.path), fault.message, fault.hint)
        people = {"owner", "creator", "lead", *catalog.roles}
        who = getattr(self.body, "to", None) if self.kind in ("task", "notify", "assign") else None
        if who and who not in people:
            yield unknown((self.kind, "to"), who, people, _l("person or role"))
        if self.mail and self.mail.message not in catalog.messages:
            yield unknown(("mail", "message"), self.mail.message, catalog.messages, _l("message"))
        if self.confirm and self.confirm.confirmation not in catalog.confirmations:
            yield unknown(("confirm", "confirmation"), self.confirm.confirmation, catalog.confirmations, _l("document"))
        if self.survey and self.survey.survey not in catalog.surveys:
            yield unknown(("survey", "survey"), self.survey.survey, catalog.surveys, _l("survey"))
        elif self.survey and entity and catalog.surveys[self.survey.survey].on != entity.key:
            yield Fault(("survey", "survey"), _l("the survey is for records of another kind"))
        if self.coupon:
            yield from self.coupon.misfits(catalog, entity)
        if entity and self.webhook:
            for place, field in enumerate(self.webhook.send):
                if field not in entity.fields:
                    yield unknown(("webhook", "send", place), field, entity.fields, _l("field"))
        if entity:
            for field, value in (self.set or {}).items():
                if field not in entity.fields:
                    yield unknown(("set", field), field, entity.fields, _l("field"))
                elif isinstance(value, dict):
                    yield Fault(("set", field), _l("must be a single value"))


def _step_faults(
    path: tuple[str | int, ...], steps: tuple[StepNoun, ...], catalog: "Catalog", entity: "Entity | None"
) -> Iterator[Fault]:
    for place, step in enumerate(steps):
        for fault in step.faults(catalog, entity):
            yield Fault((*path, place, *fault.path), fault.message, fault.hint)


def _taken(steps: tuple[StepNoun, ...], values: Mapping[str, Any], now: datetime) -> Iterator[StepNoun]:
    """The steps a run takes on a record that stays as it is."""
    for step in steps:
        if step.branch is None:
            yield step
        if fork := step.fork:
            when = step.branch.when if step.branch else None
            yield from _taken(fork.then if when is None or when.matches(values, now) else fork.otherwise, values, now)


class WorkflowNoun(ProvenNoun):
    """A workflow on the records of `on`; a record starts again no sooner than `again_after`."""

    named: ClassVar[str] = "workflow"
    workflow: Key
    label: Text
    help: Text | None = None
    on: str
    active: bool = True
    trigger: TriggerNoun
    when: When | None = None
    again_after: Duration | None = None
    steps: tuple[StepNoun, ...]

    def outcome(self, values: Mapping[str, Any], now: datetime) -> object:
        """Return whether a record like this starts a run when the trigger comes."""
        return self.when is None or self.when.matches(values, now)

    def outcome_in(self, entity: "Entity", values: Mapping[str, Any], now: datetime) -> object:
        """Return whether a run starts, and which steps it then takes: with tasks done and approvals given."""
        starts = bool(self.outcome(values, now))
        steps = [step.kind for step in _taken(self.steps, values, now)] if starts else []
        return Outcome(starts, {"starts": starts, "steps": steps})

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity, the trigger's fields and every step."""
        entity = catalog.entities.get(self.on)
        if entity is None:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
        if (self.trigger.daily is None) == (self.trigger.event is None):
            yield Fault(("trigger",), _l('give either "daily" or "event"'))
        for place, field in enumerate(self.trigger.fields if entity else ()):
            if entity and field not in entity.fields:
                yield unknown(("trigger", "fields", place), field, entity.fields, _l("field"))
        yield from _step_faults(("steps",), self.steps, catalog, entity)
