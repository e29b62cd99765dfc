"""One message by real SMTP to a sink on loopback, and into the outbox where no server is set."""

import email
import socket
from collections.abc import Iterator
from email.policy import default
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from portal import create_app, mail
from portal.extensions import db, transaction
from portal.mail import Message, Notice, Permanent, Temporary
from portal.settings import Settings
from tests.conftest import settings_for


class Sink:
    """Takes mail; an address that begins with a number is refused with it."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address[:3].isdigit():
            return f"{address[:3]} no"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if b"drop me" in envelope.content:
            server.transport.close()
            return "250 ok"
        self.taken.append(envelope.content)
        return "250 ok"


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    """A running sink and its port."""
    handler = Sink()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


def settings(tmp_path: Path, port: int | None = None) -> Settings:
    """With that SMTP server, or with none."""
    given = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port)} if port else {}
    return settings_for(tmp_path, **given, SMTP_FROM="门户 <portal@example.com>", SMTP_SECONDS="30")


MESSAGE = Message("li@example.com", "您好 world", "正文\nsecond line", html="<p>正文</p>", headers={"X-Kehu": "1"})


def test_a_message_arrives_whole(tmp_path: Path, sink: tuple[Sink, int]) -> None:
    with create_app(settings(tmp_path, sink[1])).app_context():
        mail.send(MESSAGE)
        mail.send(Message("li@example.com", "File", "x", attachments=(("报告.pdf", "application/pdf", b"%PDF"),)))
    first, second = (email.message_from_bytes(raw, policy=default) for raw in sink[0].taken)
    assert first["Subject"] == "您好 world" and first["To"] == "li@example.com" and first["X-Kehu"] == "1"
    assert first["From"] == "门户 <portal@example.com>" and first["Message-ID"]
    assert first.get_body(("plain",)).get_content().splitlines() == ["正文", "second line"]  # type: ignore[union-attr]
    (attached,) = second.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("报告.pdf", b"%PDF")


@pytest.mark.parametrize(("address", "failure"), [("550@example.com", Permanent), ("450@example.com", Temporary)])
def test_refusals_are_told_apart(
    tmp_path: Path, sink: tuple[Sink, int], address: str, failure: type[Exception]
) -> None:
    with create_app(settings(tmp_path, sink[1])).app_context(), pytest.raises(failure):
        mail.send(Message(address, "s", "t"))


def test_no_server_is_temporary_and_certain(tmp_path: Path) -> None:
    with create_app(settings(tmp_path, 1)).app_context(), pytest.raises(Temporary) as caught:
        mail.send(MESSAGE)
    assert not caught.value.uncertain


def test_a_lost_answer_after_data_is_uncertain(tmp_path: Path, sink: tuple[Sink, int]) -> None:
    message = Message("li@example.com", "s", "t", headers={"X-Do": "drop me"})
    with create_app(settings(tmp_path, sink[1])).app_context(), pytest.raises(Temporary) as caught:
        mail.send(message)
    assert caught.value.uncertain


def test_without_a_server_mail_goes_to_the_outbox(tmp_path: Path) -> None:
    with create_app(settings(tmp_path)).app_context():
        mail.send(MESSAGE)
        with mail.connect() as server:
            assert server.mail("a@example.com")[0] == server.rcpt("b@example.com")[0] == server.data(b"x")[0] == 250
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 2


def test_a_line_break_in_a_header_is_refused(tmp_path: Path) -> None:
    with create_app(settings(tmp_path)).app_context(), pytest.raises(ValueError):
        mail.send(Message("li@example.com", "s\r\nBcc: x@example.com", "t"))


def test_a_notice_waits_for_its_person(people: SimpleNamespace) -> None:
    with transaction():
        mail.notify(people.alice.id, "A task is due", "/tasks/1")
    (notice,) = db.session.scalars(db.select(Notice))
    assert (notice.person_id, notice.text, notice.link, notice.read_at) == (
        people.alice.id,
        "A task is due",
        "/tasks/1",
        None,
    )
