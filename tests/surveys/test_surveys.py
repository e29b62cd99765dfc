"""A survey: one letter, one link, one answer; what becomes of it in record, board and workflow."""

import email
import re
from datetime import timedelta
from email import policy
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask_babel import force_locale

from portal import audit, clock, jobs, records, schema, surveys
from portal.errors import Invalid
from portal.extensions import db
from portal.mail import Notice
from portal.rules.workflows import WorkflowRun
from portal.schema.check import check
from portal.security import SYSTEM
from portal.surveys.models import SurveyScore
from tests.records.test_races import together
from tests.rules.stage import settle
from tests.schema.docs import shipped

SURVEY = """
survey: care
label: {zh: 关怀, en: Care}
on: customer
questions:
  recommend: {type: rating, label: {zh: 推荐, en: Recommend}, min: 0, max: 10, required: true}
  size: {type: integer, label: {zh: 人数, en: Heads}, into: employees}
  wrong:
    type: choice
    label: {zh: 不足, en: Wrong}
    options: {price: {zh: 价格, en: Price}, speed: {zh: 速度, en: Speed}}
    visible_when: {recommend: {lte: 6}}
    required_when: {recommend: {lte: 3}}
marks:
  - {when: {recommend: {lte: 6}}, add: [价格敏感]}
subject: {zh: 请评价, en: Tell us}
text: {zh: 请打开链接, en: Please open the link}
thanks: {zh: 谢谢您, en: Many thanks}
consent: {zh: 仅用于改进服务, en: Only to serve you better}
"""
FLOW = """
workflow: ask_how
label: Ask how
on: customer
trigger: {event: changed, fields: [remark]}
steps:
  - survey:
      survey: care
      within: 3 days
      then: [{set: {city: 北京}}]
      else: [{set: {city: 广州}}]
"""


@pytest.fixture(autouse=True)
def plain(app: Any) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    schema.releases.publish_document("surveys/care.yml", SURVEY, by=SYSTEM, note="test")


@pytest.fixture
def customer(make: Any, people: Any) -> Any:
    return make("customer", name="甲公司", owner=people.alice.id, email="li@kehu.example.com", city="上海")


def send() -> None:
    job = db.session.scalar(sa.select(sa.func.max(jobs.Job.id)).where(jobs.Job.kind == surveys.POST.job))
    assert jobs.run_now(job or 0).result == "sent"


def asked(customer: Any, by: Any, key: str = "care") -> Any:
    """Ask, and let the worker send the letter."""
    record = records.fetch("customer", customer.id, by, "edit")
    one = surveys.POST.ask(schema.current().surveys[key], record, by=by)
    db.session.commit()
    send()
    return one


def link(app: Any) -> str:
    """The path of the link in the newest letter of the outbox."""
    newest = max(app.config["PORTAL"].instance.glob("outbox/*.eml"), key=lambda file: file.stat().st_mtime_ns)
    letter = email.message_from_bytes(newest.read_bytes(), policy=policy.default)
    assert letter["To"] == "li@kehu.example.com" and "甲公司" not in letter.get_content()
    found = re.search(r"http://[^/]+(/s/\S+)", letter.get_content())
    assert found
    return found[1]


def test_answers_are_kept_sealed_and_brought_into_the_record(app: Any, customer: Any, people: Any, as_: Any) -> None:
    one = asked(customer, people.alice)
    guest, path = app.test_client(), link(app)
    page = guest.get(path)
    assert page.status_code == 200 and page.headers["Referrer-Policy"] == "no-referrer"
    assert "推荐" in page.text and "不足" not in page.text and "甲公司" not in page.text
    sent = {"recommend": "5", "size": "70"}
    more = guest.post(path, data=sent | {"_shown": "recommend size"})
    assert more.status_code == 200 and "不足" in more.text and 'value="70"' in more.text
    done = guest.post(path, data=sent | {"wrong": "price", "_shown": "recommend size wrong"})
    assert "谢谢您" in done.text
    assert guest.get(path).status_code == 410
    saved = records.fetch("customer", customer.id, SYSTEM)
    assert saved["employees"] == 70 and "价格敏感" in saved["tags"]
    names = {line.by_name for line in db.session.scalars(audit.lines(entity="customer", record_id=customer.id))}
    assert names & {"customer by survey", "客户（调查问卷）"}
    assert "价格" not in str(db.session.scalars(sa.select(sa.type_coerce(surveys.SurveyLetter.answers, sa.Text))).one())
    assert db.session.execute(sa.select(SurveyScore.question, SurveyScore.value)).all() == [("recommend", 5)]
    assert db.session.scalars(sa.select(Notice.person_id)).all() == [people.alice.id]
    told = as_(people.alice).get(f"/surveys/answers/{one.id}").text
    assert "5 / 10" in told and "Price" in told
    assert as_(people.charlie).get(f"/surveys/answers/{one.id}").status_code == 404
    assert f"/surveys/answers/{one.id}" in as_(people.alice).get(f"/customers/{customer.id}?tab=timeline").text


def test_what_must_be_answered_is_told_and_what_was_typed_stays(app: Any, customer: Any, people: Any) -> None:
    asked(customer, people.alice)
    guest, path = app.test_client(), link(app)
    wrong = guest.post(path, data={"recommend": "11", "size": "viele", "_shown": "recommend size"})
    assert wrong.status_code == 422 and 'value="viele"' in wrong.text
    low = {"recommend": "2", "size": "", "_shown": "recommend size wrong"}
    assert guest.post(path, data=low).status_code == 422
    assert surveys.POST.opened(path.rpartition("/")[2])[0].answered_at is None


def test_a_branch_not_taken_is_not_answered(app: Any, customer: Any, people: Any) -> None:
    one = asked(customer, people.alice)
    token = link(app).rpartition("/")[2]
    surveys.answering.answer(token, {"recommend": 9, "wrong": "price"})
    assert set(db.session.get_one(surveys.SurveyLetter, one.id).answers or {}) == {"recommend"}
    assert not records.fetch("customer", customer.id, SYSTEM)["tags"]


def test_an_answer_that_the_record_refuses_is_kept(app: Any, customer: Any, people: Any) -> None:
    one = asked(customer, people.alice)
    surveys.answering.answer(link(app).rpartition("/")[2], {"recommend": 4, "wrong": "speed", "size": -7})
    saved = records.fetch("customer", customer.id, SYSTEM)
    assert saved["employees"] is None and "价格敏感" in saved["tags"]
    kept = db.session.get_one(surveys.SurveyLetter, one.id).answers
    assert kept is not None and kept["size"]["value"] == -7


def test_nobody_is_asked_twice_nor_without_an_address(customer: Any, people: Any, make: Any, as_: Any) -> None:
    asked(customer, people.alice)
    with pytest.raises(Invalid):
        asked(customer, people.alice)
    mute = make("customer", name="乙", owner=people.alice.id)
    owner = as_(people.alice)
    picks = [f"{customer.id}.1", f"{mute.id}.1"]
    assert owner.post("/customers/survey/care", data={"_pick": picks}).status_code == 303
    assert owner.post("/customers/survey/other", data={"_pick": picks}).status_code == 404
    assert db.session.scalar(sa.select(sa.func.count()).select_from(surveys.SurveyLetter)) == 1
    assert as_(people.charlie).post(f"/customers/{customer.id}/survey/care").status_code == 404


def test_who_has_answered_is_left_alone_for_a_while(app: Any, customer: Any, people: Any) -> None:
    one = asked(customer, people.alice)
    surveys.answering.answer(surveys.POST.links.token(one), {"recommend": 8})
    with pytest.raises(Invalid):
        asked(customer, people.alice)
    with time_machine.travel(clock.now() + timedelta(days=31), tick=True):
        asked(customer, people.alice)
    states = db.session.scalars(sa.select(surveys.SurveyLetter.state).order_by(surveys.SurveyLetter.id)).all()
    assert states == ["answered", "sent"]


def test_of_many_who_ask_at_once_one_does(app: Any, customer: Any) -> None:
    def ask() -> int:
        noun = schema.current().surveys["care"]
        return surveys.POST.ask(noun, records.fetch("customer", customer.id, SYSTEM, "edit"), by=SYSTEM).id

    told = together(app, [ask] * 4)
    assert sorted(type(one).__name__ for one in told) == ["Invalid"] * 3 + ["int"], told
    assert db.session.scalar(sa.select(sa.func.count()).select_from(surveys.SurveyLetter)) == 1


def test_of_two_answers_one_is_kept(app: Any, customer: Any, people: Any) -> None:
    token = surveys.POST.links.token(asked(customer, people.alice))

    def answer(mark: int) -> str:
        return surveys.answering.answer(token, {"recommend": mark}).state

    told = together(app, [lambda: answer(7), lambda: answer(8)])
    assert sorted(type(one).__name__ for one in told) == ["Closed", "str"], told
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SurveyScore)) == 1


def test_the_board_counts_what_its_reader_may_see(
    app: Any, people: Any, make: Any, as_: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner, marks in ((people.alice, (10, 9, 7, 2)), (people.charlie, (0,))):
        for mark in marks:
            one = make("customer", name=f"公司{owner.id}{mark}", owner=owner.id, email="li@kehu.example.com")
            letter = asked(one, owner)
            values = {"recommend": mark, "wrong": "price"}
            surveys.answering.answer(surveys.POST.links.token(letter), values)
    asked(make("customer", name="沉默", owner=people.alice.id, email="li@kehu.example.com"), people.alice)
    found = surveys.results.of(schema.current().questionnaires["care"], people.alice)
    (scale,) = found.scales
    # 2 of 4 promote and 1 detracts: 50 % − 25 %
    assert (found.asked, found.answered, found.rate, scale.mean, scale.nps) == (5, 4, 80, 7.0, 25)
    page = as_(people.alice).get("/surveys/?survey=care").text
    monkeypatch.setattr(surveys.results, "PAGE", 3)
    first, more = surveys.results.answers(found.questionnaire, people.alice)
    last, none = surveys.results.answers(found.questionnaire, people.alice, before=more)
    assert [letter.id for letter, _record in first + last] == [4, 3, 2, 1] and none is None
    assert "NPS" in page and f"公司{people.charlie.id}0" not in page and f"公司{people.alice.id}10" in page
    assert as_(people.charlie).get("/surveys/?survey=nothing").status_code == 404


@pytest.mark.parametrize("answers", [True, False])
def test_a_workflow_sends_and_waits_for_the_answer(app: Any, customer: Any, people: Any, answers: bool) -> None:
    schema.releases.publish_document("workflows/ask_how.yml", FLOW, by=SYSTEM, note="test")
    settle()
    records.save(records.fetch("customer", customer.id, people.alice), {"remark": "!"}, by=people.alice)
    db.session.commit()
    settle()
    run = db.session.scalars(sa.select(WorkflowRun)).one()
    assert run.state == "waiting"
    if answers:
        (letter,) = db.session.scalars(sa.select(surveys.SurveyLetter)).all()
        surveys.answering.answer(surveys.POST.links.token(letter), {"recommend": 8})
        settle()
    else:
        with time_machine.travel(clock.now() + timedelta(days=4), tick=True):
            settle()
    db.session.refresh(run)
    assert run.state == "done"
    assert records.fetch("customer", customer.id, SYSTEM)["city"] == ("北京" if answers else "广州")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("recommend: {lte: 6}}\n    required", "recommen: {lte: 6}}\n    required",
         'questions.wrong.visible_when.recommen: unknown field "recommen"; did you mean "recommend"?'),
        ("into: employees", "into: employes",
         'questions.size.into: unknown field "employes"; did you mean "employees"?'),
        ("into: employees", "into: city",
         'questions.size.into: the field is of type "text", the question is not'),
        ("max: 10", "max: 30",
         "questions.recommend: a rating has two to eleven marks, such as 1 to 5 or 0 to 10"),
        ("type: integer, label: {zh: 人数, en: Heads}, into: employees", "type: person, label: {zh: 谁, en: Who}",
         "questions.size: a customer cannot answer such a question"),
        ("add: [价格敏感]", "add: [价格]", 'marks[1].add[1]: unknown tag "价格"; did you mean "价格敏感"?'),
        ("{when: {recommend: {lte: 6}}", "{when: {recomend: {lte: 6}}",
         'marks[1].when.recomend: unknown field "recomend"; did you mean "recommend"?'),
        ("on: customer", "on: custmer", 'on: unknown entity "custmer"; did you mean "customer"?'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_is_wrong_with_a_survey_is_told_with_its_place(old: str, new: str, told: str) -> None:
    assert SURVEY.count(old) == 1
    problems = check({**shipped(), "surveys/care.yml": SURVEY.replace(old, new)}).problems
    with force_locale("en"):
        assert told in [str(problem).partition(" ")[2] for problem in problems]
