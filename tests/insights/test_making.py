"""A report from asking to the mail, on both engines."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from pypdf import PdfReader

from portal import clock, insights, jobs, mail, records
from portal.extensions import db, transaction
from portal.insights.archive import ReportFile
from portal.insights.lens import Subject
from portal.insights.periods import Period
from portal.jobs.schedules import Schedule

RARE = "龘靐㛃喆玥珺"
TITLES = (
    "客户信息管理表",
    "销售跟进记录表",
    "营销活动效果分析表",
    "客户分层维护策略表",
    "销售额走势",
    "客户分层构成",
)


@pytest.fixture
def records_of_two(app: Any, people: SimpleNamespace, make: Callable[..., Any]) -> None:
    """Alice has a customer with an order and a follow-up; so has Charlie, in another office."""
    for seller, name, amount in ((people.alice, f"{RARE}科技", "1200.50"), (people.charlie, "CANARY 公司", "77.00")):
        customer = make("customer", by=seller, name=name, industry="it", city="上海")
        order = {"number": f"SO-{seller.id}", "ordered_on": clock.today(), "amount": amount, "status": "completed"}
        make("order", by=seller, customer=customer.id, **order)
        said = {"way": "phone", "summary": f"{name} 的采购计划", "at": clock.now() - timedelta(minutes=1)}
        make("follow_up", by=seller, customer=customer.id, **said)


def make_report(reader: Any, subject: Any, **options: Any) -> ReportFile:
    with transaction():
        period = Period.holding("month", clock.today())
        job = insights.making.ask("activity", Subject.of(subject), period, reader, **options)
    job = jobs.run_now(job.id)
    assert (job.state, job.done) == ("done", job.total), job.error
    file = insights.archive.of_job(job.id, reader)
    assert file is not None and file.id == job.result["file"]
    return file


def read(file: ReportFile, person: Any) -> PdfReader:
    stored = records.files.file_of(file.file_id, person)
    with records.files.local(stored) as path:
        return PdfReader(BytesIO(path.read_bytes()))


def text_of(reader: PdfReader) -> str:
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in reader.pages))


def test_a_reader_who_may_not_see_follow_ups_gets_the_rest(records_of_two: None, people: SimpleNamespace) -> None:
    text = text_of(read(make_report(people.mary, people.alice.office, locale="zh"), people.mary))
    assert "您的角色不显示这些数据" in text, text
    assert "跟进次数" not in text
    for title in ("新增客户", "客户信息管理表", "营销活动效果分析表"):
        assert title in text


def test_the_report_holds_the_four_tables_two_charts_and_the_figures(
    records_of_two: None, people: SimpleNamespace
) -> None:
    file = make_report(people.dora, people.alice.office, locale="zh")
    reader = read(file, people.dora)
    text = text_of(reader)
    for title in (
        "客户信息管理表",
        "销售跟进记录表",
        "营销活动效果分析表",
        "客户分层维护策略表",
        "销售额走势",
        "客户分层构成",
    ):
        assert title in text
    assert f"{RARE}科技" in text and "¥1,200.50" in text and "采购计划" in text
    assert "VIP客户" in text and "专属客户经理" in text
    bookmarks = [one.title for one in reader.outline if not isinstance(one, list)]
    assert bookmarks[0] == "客户活动报告" and bookmarks[-1] == "客户分层维护策略表" and len(bookmarks) == 8
    assert f"2/{file.pages}" in text and file.pages == len(reader.pages)
    content = b"".join(page.get_contents().get_data() for page in reader.pages)  # type: ignore[union-attr]
    assert not any("/XObject" in page["/Resources"] and page.images for page in reader.pages)
    assert content.count(b" c\n") > 20 or content.count(b" l\n") > 50  # curves and lines: the charts are vectors


def test_what_the_reader_may_not_see_is_not_in_it(records_of_two: None, people: SimpleNamespace) -> None:
    about_charlie = text_of(read(make_report(people.dora, people.charlie), people.dora))
    assert "CANARY" not in about_charlie and "77.00" not in about_charlie
    about_office = text_of(read(make_report(people.dora, people.dora.office), people.dora))
    assert "CANARY" not in about_office
    own = text_of(read(make_report(people.charlie, people.charlie), people.charlie))
    assert "CANARY" in own and RARE not in own


def test_the_figures_equal_sql(records_of_two: None, people: SimpleNamespace, make: Callable[..., Any]) -> None:
    customer = make("customer", by=people.bob, name="乙公司")
    for number, amount in enumerate(("0.10", "0.20", "999999.99")):
        values = {"number": f"B-{number}", "ordered_on": clock.today(), "status": "confirmed"}
        make("order", by=people.bob, customer=customer.id, amount=amount, **values)
    make(
        "order", by=people.bob, customer=customer.id, number="C", ordered_on=clock.today(), amount=5, status="cancelled"
    )
    total = Decimal("1200.50") + Decimal("0.10") + Decimal("0.20") + Decimal("999999.99")
    text = text_of(read(make_report(people.dora, people.dora.team), people.dora))
    assert f"¥{total:,.2f}" in text


def test_in_english_every_word_of_ours_is_english(records_of_two: None, people: SimpleNamespace) -> None:
    reader = read(make_report(people.alice, people.alice, locale="en"), people.alice)
    text = "".join(page.extract_text() for page in reader.pages)
    for title in ("Activity report", "Contents", "Customer information", "Care by tier", "New customers"):
        assert title in text
    ours = re.sub(f"{RARE}|科技|的采购计划|上海|销售一组", "", text)
    assert not re.search("[一-鿿]", ours), re.findall("[一-鿿]+", ours)


def test_the_archive_is_the_readers_alone(
    records_of_two: None, people: SimpleNamespace, as_: Callable[..., Any]
) -> None:
    file = make_report(people.dora, people.dora.team)
    answer = as_(people.dora).get(f"/reports/{file.id}")
    assert answer.status_code == 200 and answer.data.startswith(b"%PDF-")
    assert answer.content_type == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline")
    download = as_(people.dora).get(f"/reports/{file.id}?download=1")
    assert download.headers["Content-Disposition"].startswith("attachment")
    for other in (people.alice, people.charlie, people.admin):
        assert as_(other).get(f"/reports/{file.id}").status_code == 404
    assert as_(people.erin).get("/reports/").status_code == 403


def test_monday_eight_o_clock_is_planned_from_the_release(app: Any) -> None:
    insights.weekly.plan()
    entry = db.session.get(Schedule, "report:activity")
    assert entry is not None
    due = clock.to_zone(entry.due_at)
    assert (due.weekday(), due.hour, due.minute) == (0, 8, 0)
    assert entry.kind == insights.weekly.KIND


def test_the_scheduled_report_is_made_and_mailed_to_the_role(
    records_of_two: None, people: SimpleNamespace, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[mail.Message] = []
    monkeypatch.setattr(mail, "send", sent.append)
    due = clock.now().isoformat()
    with transaction():
        job = jobs.enqueue(insights.weekly.KIND, {"report": "activity", "due": due})
    assert jobs.run_now(job.id).result == 1  # Dora is the only manager
    made = db.session.scalars(db.select(jobs.Job).where(jobs.Job.kind == insights.making.KIND)).one()
    assert jobs.run_now(made.id).state == "done"
    (message,) = sent
    assert message.to == people.dora.email
    ((name, kind, body),) = message.attachments
    assert kind == "application/pdf" and body.startswith(b"%PDF-") and name.endswith(".pdf")
    file = insights.archive.of(people.dora)[0]
    assert file.is_scheduled and file.subject_kind == "team"
    assert file.period == Period.last_full("week", clock.today())
