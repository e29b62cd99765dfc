"""The named actions a workflow step may take; features bring theirs and wiring registers them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l

from portal.records import Record
from portal.rules.words import addressee_text
from portal.schema import Catalog, Entity

if TYPE_CHECKING:
    from portal.rules.workflows import WorkflowRun, WorkflowStep

REASONS: dict[str, Any] = {
    "no_person": _l("“%(word)s” leads to nobody: the record has none, or the person is disabled."),
    "no_task": _l("No task comes before this step."),
    "no_action": _l("This installation knows no action called “%(word)s”."),
    "no_step": _l("Release %(release)s holds no such step."),
    "no_field": _l("The field “%(word)s” is no longer there."),
    "no_message": _l("The message “%(word)s” is no longer there."),
    "no_address": _l("The record has no e-mail address."),
    "not_service": _l("The message “%(word)s” is for marketing; send it by a campaign, which checks consent."),
    "refused": _l("The record refuses the values: %(problems)s"),
    "loop": _l("A loop: workflows have set each other off %(depth)s times in a row."),
    "too_often": _l("Started %(number)s times on this record within an hour."),
    "overdue": _l("It was due an hour ago and nothing has taken it up."),
    "nothing_due": _l("It waits, but for nothing that could come."),
    "no_approver": _l("Nobody may decide: “%(word)s” leads to nobody but whoever asked."),
    "approval_late": _l("Nobody has decided in time, also not after it was escalated."),
    "webhook": _l("%(host)s did not take the message: %(answer)s."),
    "webhook_refused": _l("%(host)s is not on the list of hosts that may be called; the operator keeps it."),
    "no_coupon": _l("There are no coupons “%(word)s” for such records any more."),
    "coupons_gone": _l("All %(number)s codes of “%(word)s” are out; raise the limit, or withdraw some."),
    "crash": _l("The worker died at this step three times."),
    "error": _l("An unexpected error (%(error)s); the log tells more."),
    "record_gone": _l("The record was archived or no longer exists."),
    "person": _l("Cancelled by %(name)s."),
}


class StepFailed(Exception):
    """A step cannot be taken now; the code names a reason that people can read and mend."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True)
class Moment:
    """What an action is given: the run, its record with the portal's own rights, and the release it began with."""

    run: "WorkflowRun"
    record: Record
    catalog: Catalog

    def current_key(self, key: str) -> str:
        """Return what a field of the run's release is called today; raises StepFailed when it is archived."""
        then = self.catalog.entities[self.run.entity].fields.get(key)
        for name, field in self.record.entity.fields.items():
            if then is not None and field.column == then.column:
                return name
        raise StepFailed("no_field", word=key)

    def values(self) -> dict[str, Any]:
        """Return the record's values under the names its fields had in the run's release."""
        now = {field.column: self.record[key] for key, field in self.record.entity.fields.items()}
        fields = self.catalog.entities[self.run.entity].fields
        return {key: now.get(field.column) for key, field in fields.items()}


class Action(ABC):
    """One kind of step. Acting writes to the database only, so that step and effect are committed together."""

    key: ClassVar[str]
    label: ClassVar[Any]
    icon: ClassVar[str] = "bolt"

    def take(self, body: Any, step: "WorkflowStep", moment: Moment) -> None:
        """Take the step; an action that waits for an answer overrides this and calls `hold` while it does."""
        step.result = self.act(body, moment)

    @abstractmethod
    def act(self, body: Any, moment: Moment) -> dict[str, Any]:
        """Do it and return what came of it as JSON; raises StepFailed or errors.Invalid."""

    @abstractmethod
    def sentence(self, body: Any) -> str:
        """Say in the reader's language what the step will do."""

    def sentence_of(self, body: Any, entity: Entity | None) -> str:
        """Say it of records of an entity; an action that names fields overrides this."""
        return self.sentence(body)

    def report(self, result: Mapping[str, Any], record: Record) -> str:
        """Say in the reader's language what came of it, as far as the viewer of the record may know."""
        return ""

    def is_done(self, result: Mapping[str, Any]) -> bool:
        """Tell whether what the step asked of a person has been done since; a wait may wait for it."""
        return True

    def made(self, result: Mapping[str, Any]) -> tuple[str, int] | None:
        """Return entity and id of the record the step made; a change of it wakes a waiting run."""
        return None


def hold(step: "WorkflowStep", moment: Moment, thing: tuple[str, int], until: datetime | None) -> None:
    """Let the run wait at a step for a thing, at most until a moment; `engine.wake` of the thing ends the wait."""
    run = moment.run
    step.state, step.due_at = "waiting", until
    run.state, run.due_at, (run.waits_entity, run.waits_id) = "waiting", until, thing


def let_go(moment: Moment) -> None:
    """End the wait of a run, for what it waited for has come."""
    moment.run.waits_entity, moment.run.waits_id = None, None


ACTIONS: dict[str, Action] = {}


def register(action: Action) -> None:
    """Make an action known by its key; wiring calls this once for each."""
    ACTIONS[action.key] = action


def named(key: str) -> Action:
    """Return the action; raises StepFailed when no feature brings it."""
    if key not in ACTIONS:
        raise StepFailed("no_action", word=key)
    return ACTIONS[key]


def reason_text(code: str | None, values: Mapping[str, object]) -> str:
    """Return a reason in the reader's language."""
    named_values = {key: addressee_text(str(value)) if key == "word" else value for key, value in values.items()}
    return str(REASONS[code]) % named_values if code in REASONS else ""


class _Ellipsis(dict[str, object]):
    """Stands for the particulars of a reason where many runs are counted together."""

    def __missing__(self, key: str) -> str:
        return "…"


def kind_of(code: str) -> str:
    """Return a reason in the reader's language without its particulars."""
    return str(REASONS[code]) % _Ellipsis() if code in REASONS else ""
