"""A ticket from the web form to its closing, as the customer, the agent and the mail server see it."""

from email import message_from_bytes
from email.policy import default

import pytest
import sqlalchemy as sa

from portal import desk, jobs, records, schema
from portal.desk.models import MailState, MessageKind, TicketMessage
from portal.errors import Conflict, Invalid
from portal.extensions import db, limiter, transaction
from portal.mail import Notice
from portal.security import SYSTEM

ASKED = {"name": "李雷", "email": "lilei@example.cn", "type": "fault", "subject": "打不开", "body": "机器打不开了"}


def run_jobs(kind: str) -> list[str]:
    db.session.commit()
    waiting = list(
        db.session.execute(sa.select(jobs.Job.id).where(jobs.Job.kind == kind, jobs.Job.state == "queued")).scalars()
    )
    db.session.commit()
    return [jobs.run_now(job_id).state for job_id in waiting]


def outbox(settings) -> list:
    folder = settings.instance / "outbox"
    files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns) if folder.exists() else []
    return [message_from_bytes(file.read_bytes(), policy=default) for file in files]


@pytest.fixture
def ticket(app, people, make):
    """A guest's ticket about a customer of Alice's."""
    make("customer", by=people.alice, name="利达科技", email="lilei@example.cn")
    with transaction():
        return desk.intake.open_ticket(desk.intake.Request("打不开", "机器打不开了", "李雷", "lilei@example.cn"))


def test_a_guest_asks_and_is_acknowledged(app, people, make, settings, as_):
    make("customer", by=people.alice, name="利达科技", email="lilei@example.cn")
    guest = app.test_client()
    page = guest.get("/public/ticket")
    token = page.text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    answer = guest.post("/public/ticket", data=ASKED | {"csrf_token": token})
    assert answer.status_code == 303
    assert "T-000001" in guest.get(answer.location).text
    assert guest.get("/public/ticket/received").location == "/public/ticket", "nothing of it is in the session"
    found = records.fetch("ticket", 1, people.erin)
    assert found.text("customer") == "利达科技"
    assert found["channel"] == "web"
    assert run_jobs("desk.acknowledge") == ["done"]
    (received,) = outbox(settings)
    assert received["Auto-Submitted"] == "auto-replied"
    assert "T-000001" in as_(people.erin).get("/desk/?queue=unassigned").text


@pytest.mark.parametrize(
    ("email", "phone"), [(None, "138 0013 8000"), (None, "+86-13800138000"), (" LiLei@Example.CN", None), (None, "?")]
)
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_customer_is_known_however_the_guest_writes(people, make, email, phone):
    known = make("customer", by=people.alice, name="利达科技", phone="13800138000", email="lilei@example.cn")
    assert desk.intake.find_customer(email, phone) == (None if phone == "?" else known.id)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_kept_reply_is_no_page(people, make, as_):
    ticket = make("ticket", by=people.erin, subject="<img src=x>")
    kept = next(one for one in schema.current().messages.values() if one.purpose == "service" and one.on == "ticket")
    answer = as_(people.erin).get(f"/desk/{ticket.id}/canned/{kept.message}")
    assert answer.mimetype == "text/plain"


def test_a_form_sent_twice_makes_one_ticket(app):
    guest, other = app.test_client(), app.test_client()
    page = guest.get("/public/ticket").text
    key = page.split('name="_once" value="')[1].split('"')[0]
    token = page.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    form = ASKED | {"csrf_token": token, "_once": key}
    first, second = (guest.post("/public/ticket", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303) and first.location == second.location
    assert "T-000001" in guest.get(second.location).text
    assert key not in other.get("/public/ticket").text, "each page has a key of its own"
    assert other.post("/public/ticket", data=form).status_code == 400, "the key is no way around the token"
    refused = guest.post("/public/ticket", data=form | {"email": "none"})
    assert refused.status_code == 422 and f'value="{key}"' in refused.text
    assert guest.post("/public/ticket", data=form | {"subject": "又来"}).location != first.location
    assert len(records.search("ticket", SYSTEM)) == 2


def test_a_robot_that_fills_the_trap_gets_nothing(app):
    guest = app.test_client()
    token = guest.get("/public/ticket").text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    assert guest.post("/public/ticket", data=ASKED | {"csrf_token": token, "website": "x"}).status_code == 422


def test_a_guest_cannot_flood_the_desk(app):
    limiter.enabled = True
    try:
        guest = app.test_client()
        token = guest.get("/public/ticket").text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
        codes = [guest.post("/public/ticket", data=ASKED | {"csrf_token": token}).status_code for _ in range(11)]
    finally:
        limiter.enabled = False
        limiter.reset()
    assert codes == [303] * 10 + [429]


def test_an_unknown_guest_lands_at_an_office_with_a_desk(app, people):
    with transaction():
        made = desk.intake.open_ticket(desk.intake.Request("问", "问题", "某人", "nobody@example.cn"))
    assert made["customer"] is None
    assert records.fetch("ticket", made.id, people.erin).id == made.id


def test_a_reply_is_mailed_once_and_threads(app, people, ticket, settings):
    seen = desk.conversation.messages(ticket)[-1].id
    with transaction():
        desk.conversation.reply(ticket, "请重启。", by=people.erin, seen=seen)
    assert run_jobs("desk.post") == ["done"]
    (sent,) = [one for one in outbox(settings) if "Auto-Submitted" not in one]
    assert sent["To"].addresses[0].addr_spec == "lilei@example.cn"
    assert sent["Subject"] == "[T-000001] 打不开"
    now = records.fetch("ticket", ticket.id, people.erin)
    assert (now["state"], now["first_reply_at"] is not None) == ("waiting", True)
    with transaction():
        desk.conversation.reply(now, "好了吗？", by=people.erin, seen=desk.conversation.messages(now)[-1].id)
    run_jobs("desk.post")
    second = outbox(settings)[-1]
    assert second["In-Reply-To"] == sent["Message-ID"]


def test_a_reply_that_may_have_been_sent_is_not_sent_again(app, people, ticket, settings):
    with transaction():
        message = desk.conversation.reply(ticket, "请重启。", by=people.erin, seen=99)
        message.mail_state = MailState.SENDING  # as a killed worker leaves it
    assert run_jobs("desk.post") == ["done"]
    assert db.session.get(TicketMessage, message.id).mail_state == MailState.UNCERTAIN
    assert not [one for one in outbox(settings) if "Auto-Submitted" not in one]


def test_two_agents_do_not_answer_at_once(app, people, ticket, as_):
    seen = desk.conversation.messages(ticket)[-1].id
    with transaction():
        desk.conversation.reply(ticket, "我来答。", by=people.dora, seen=seen)
    now = records.fetch("ticket", ticket.id, people.erin)
    with pytest.raises(Conflict):
        desk.conversation.reply(now, "我也来答。", by=people.erin, seen=seen)


def test_notes_stay_inside_and_mentions_are_told(app, people, ticket, settings):
    with transaction():
        desk.conversation.note(ticket, f"@{people.dora.name} 请看", by=people.erin, mentions=[people.dora])
    assert run_jobs("desk.post") == []
    notice = db.session.execute(sa.select(Notice).where(Notice.person_id == people.dora.id)).scalar_one()
    assert notice.link == f"/desk/{ticket.id}"


def test_handing_over_counts_and_tells(app, people, ticket):
    with transaction():
        mine = desk.states.take(ticket, by=people.erin)
        theirs = desk.states.hand_over(mine, people.dora, by=people.erin, reason="更熟悉")
    assert (theirs["owner"], theirs["transfers"], theirs["state"]) == (people.dora.id, 1, "open")
    with pytest.raises(Conflict):
        desk.states.hand_over(theirs, people.dora, by=people.erin)


def test_closing_and_opening_again(app, people, ticket):
    with transaction():
        closed = desk.states.close(ticket, by=people.erin)
        assert (closed["state"], closed["solved_at"] is not None) == ("solved", True)
        with pytest.raises(Conflict):
            desk.states.close(closed, by=people.erin)
        assert desk.states.reopen(closed, by=people.erin)["state"] == "open"


def test_a_draft_outlives_the_browser(app, people, ticket, as_):
    with transaction():
        desk.drafts.keep(ticket, people.erin, "写到一半")
    assert "写到一半" in as_(people.erin).get(f"/desk/{ticket.id}").text
    assert "写到一半" not in as_(people.dora).get(f"/desk/{ticket.id}").text


def test_an_empty_answer_is_refused(app, people, ticket):
    with pytest.raises(Invalid):
        desk.conversation.reply(ticket, "  ", by=people.erin, seen=0)
    assert [message.kind for message in desk.conversation.messages(ticket)] == [MessageKind.INCOMING]


def test_kept_replies_are_filled_in(app, people, ticket, as_):
    filled = as_(people.erin).get(f"/desk/{ticket.id}/canned/ticket_received").text
    assert "李雷" in filled
    assert "T-000001" in filled


def test_other_offices_see_nothing(app, people, ticket, as_):
    assert as_(people.charlie).get(f"/desk/{ticket.id}").status_code in (403, 404)
