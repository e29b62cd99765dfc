"""What rules have done in the small portal: a run that stands still, an approval, a webhook, looks at a draft."""

from types import SimpleNamespace

from portal import clock, foresight, jobs
from portal.extensions import db, transaction
from portal.rules.approvals import Approval, ApprovalSeat
from portal.rules.webhooks import WebhookCall, keys
from portal.rules.workflows import WorkflowRun
from portal.schema import releases
from portal.security import Person

FLOW = "key_customer_silence"
BACKTEST, FORECAST = 9001, 9002
"""The numbers of the two jobs, for their addresses."""
GRACE = "tiers/customer_tier.yml"


def fill(people: SimpleNamespace, customers: list[int]) -> None:
    """Write it all down as it would stand after a while."""
    with transaction():
        told = {"host": "erp.test", "answer": "HTTP 503"}
        stuck = _run(customers[1], told, state="stuck", at="0", reason="webhook")
        waiting = _run(customers[2], state="waiting", at="0")
        said = {"state": "failed", "tries": 6, "answer": "HTTP 503", "status": 503, "reply": "upstream is away"}
        body = {"workflow": FLOW, "fields": {"name": "x", "city": "y"}}
        db.session.add(WebhookCall(run_id=stuck.id, url="https://erp.example.cn/hook", body=body, **said))
        keys.known("erp.example.cn")
        title = {"zh": "同意折扣", "en": "Agree to the discount"}
        about = {"run_id": waiting.id, "path": "0", "entity": "customer", "record_id": customers[2]}
        asked = Approval(**about, title=title, asked_by_id=people.alice.id, levels=1)
        asked.seats.append(ApprovalSeat(level=0, person_id=people.dora.id))
        db.session.add(asked)
    look(people.admin)


def _run(record_id: int, told: dict[str, str] | None = None, **given: str) -> WorkflowRun:
    about = {"workflow": FLOW, "entity": "customer", "record_id": record_id, "release": 1, "cause": "clock"}
    run = WorkflowRun(**about, **given, open_key=f"{FLOW}:customer:{record_id}", reason_data=told or {})
    run.started_at = clock.now()
    db.session.add(run)
    db.session.flush()
    return run


def look(admin: Person) -> None:
    """Ask the past and look at a draft."""
    rule = releases.documents(1)[GRACE]
    edits = {
        GRACE: rule[: rule.index("tests:")]
        .replace("gte: 100000", "gte: 30000")
        .replace("gte: 50000", "gte: 10000")
        .replace("field: tier\n", "field: tier\ngrace: 30 days\n")
    }
    with transaction():
        foresight.backtest.ask("tiers", "customer_tier", 3, 1, edits, admin).id = BACKTEST
        db.session.flush()
        foresight.impact.ask(1, edits, admin).id = FORECAST
    for number in (BACKTEST, FORECAST):
        assert jobs.run_now(number).state == "done"
