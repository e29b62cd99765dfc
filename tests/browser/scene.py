"""A small lively portal for the browser tests: names, figures, tasks, tickets, notices, one hostile text."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from portal import clock, coupons, mail, records, schema, surveys
from portal.extensions import db, transaction
from portal.security import SYSTEM, passwords
from tests.browser import rules_scene

PASSWORD = "screens-and-keys-1"
ADDRESS = "kunde@example.com"
NAMES = (
    "华信通达科技有限公司",
    "上海锦程物流有限公司",
    "浙江明珠纺织有限公司",
    "龘靐珺玥贸易有限公司",
    "Acme Trading Co., Ltd.",
)
HOSTILE = '<img src=x onerror="window.hacked=1">\'"{{7*7}}<script>window.hacked=1</script>'
STATUSES = ("active", "prospect", "dormant", "lost")


def fill(people: SimpleNamespace) -> None:
    """Write the scene; everybody signs in with PASSWORD."""
    for person in vars(people).values():
        person.password_hash = passwords.hashed(PASSWORD)
    db.session.commit()
    with transaction():
        customers = _save("customer", _customers(people))
        tasks = _save("task", _tasks(people, customers))
        _save("order", _orders(people, customers))
        _save("follow_up", _follow_ups(people, customers))
        _save("contact", [{"customer": customers[0], "name": "王敏", "phone": "13912345678", "owner": people.alice.id}])
        _save("ticket", _tickets(people, customers))
        unowned = [{"name": f"公海客户 {at}", "city": "杭州", "status": "prospect", "owner": None} for at in range(3)]
        _save("customer", unowned)
        mail.notify(people.alice.id, "A task falls due today", f"/tasks/{tasks[0]}")
        _surveys(*customers[:2])
        coupons.issuing.issue("win_back", records.fetch("customer", customers[5], SYSTEM), by=people.alice)
    rules_scene.fill(people, customers)


def _surveys(answered: int, waiting: int) -> None:
    """A letter that was answered, and one whose link is still to be opened."""
    ends = clock.now() + timedelta(days=9)
    records.save(records.fetch("customer", waiting, SYSTEM), {"email": ADDRESS}, by=SYSTEM)
    told = {"document": "satisfaction", "entity": "customer", "address": ADDRESS, "nonce": "n", "state": "sent"}
    letters = [surveys.SurveyLetter(**told, record_id=id_, ends_at=ends) for id_ in (answered, waiting)]
    db.session.add_all(letters)
    db.session.flush()
    questionnaire = schema.current().questionnaires["satisfaction"]
    given = {"recommend": 9, "satisfaction": 4, "remark": "很好"}
    surveys.answering.keep(letters[0], questionnaire, given, clock.now())


def _save(entity: str, rows: list[dict[str, Any]]) -> list[int]:
    saved = records.bulk.save_many(entity, rows, by=SYSTEM)
    assert not saved.problems, (entity, saved.problems)
    return [id_ for id_ in saved.ids if id_ is not None]


def _customers(people: SimpleNamespace) -> list[dict[str, Any]]:
    named = [NAMES[at % len(NAMES)] + (f" {at}" if at >= len(NAMES) else "") for at in range(60)]
    return [
        {
            "name": name,
            "status": STATUSES[at % 4],
            "industry": "it",
            "city": "上海",
            "phone": f"1380013{8000 + at}",
            "owner": people.alice.id if at % 3 else people.bob.id,
            "tags": ("决策人", "老客户") if at % 2 else None,
        }
        for at, name in enumerate([HOSTILE, *named])
    ]


def _tasks(people: SimpleNamespace, customers: list[int]) -> list[dict[str, Any]]:
    days = (-2, 0, 3)
    return [
        {
            "title": f"Call back {day}",
            "customer": customers[2],
            "owner": people.alice.id,
            "priority": "high",
            "due_on": clock.today() + timedelta(days=day),
        }
        for day in days
    ]


def _orders(people: SimpleNamespace, customers: list[int]) -> list[dict[str, Any]]:
    return [
        {
            "number": f"SO-{at:04}",
            "customer": customers[at % 20],
            "ordered_on": clock.today() - timedelta(days=at * 3),
            "amount": 12_800 + at * 100,
            "product_name": "产线传感器套件",
            "owner": people.alice.id,
        }
        for at in range(80)
    ]


def _follow_ups(people: SimpleNamespace, customers: list[int]) -> list[dict[str, Any]]:
    return [
        {
            "customer": customers[at % 5],
            "at": clock.now() - timedelta(days=at),
            "way": "phone",
            "summary": "确认四季度采购计划",
            "owner": people.alice.id,
        }
        for at in range(40)
    ]


def _tickets(people: SimpleNamespace, customers: list[int]) -> list[dict[str, Any]]:
    return [
        {"subject": f"发票抬头需要更正 {at}", "customer": customers[at], "owner": people.erin.id} for at in range(6)
    ]
